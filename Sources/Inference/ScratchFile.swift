internal import Synchronization
package import WeighbridgeByteIO

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// A file without a name, for what does not fit into the memory: it is gone when its last user is,
/// however the process ends.
package final class ScratchFile: ByteSource {
  package let name: String
  private let descriptor: Int32
  private let length = Mutex<UInt64>(0)

  /// Opens a file in `$TMPDIR`, or in /tmp.
  package init() throws(IOError) {
    let folder = unsafe getenv("TMPDIR").map { unsafe String(cString: $0) } ?? ""
    let pattern = (folder.isEmpty ? "/tmp" : folder) + "/.weighbridge-XXXXXX"
    name = "a scratch file in \(folder.isEmpty ? "/tmp" : folder)"
    var path = Array(pattern.utf8CString)
    descriptor = unsafe mkstemp(&path)
    guard descriptor >= 0 else { throw IOError(.create, path: name, number: errno) }
    unsafe unlink(path)
  }

  deinit { close(descriptor) }

  package var byteCount: UInt64 { length.withLock { $0 } }

  /// Writes all of `bytes` at `offset`.
  package func write(_ bytes: RawSpan, at offset: UInt64) throws(IOError) {
    let failure = WholeTransfer.write(bytes, to: descriptor, at: offset)
    if let failure { throw IOError(.write, path: name, number: failure) }
    let end = offset + UInt64(bytes.byteCount)
    length.withLock { $0 = max($0, end) }
  }

  /// Writes all of `bytes` behind what is there.
  package func append(_ bytes: [UInt8]) throws(IOError) {
    try write(unsafe bytes.span.bytes, at: byteCount)
  }

  package func read(at offset: UInt64, into buffer: inout MutableRawSpan) throws(IOError) {
    let failure = WholeTransfer.read(into: &buffer, from: descriptor, at: offset)
    if let failure { throw IOError(.read, path: name, number: failure == 0 ? EIO : failure) }
  }
}
