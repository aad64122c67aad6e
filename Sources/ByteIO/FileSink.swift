#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// A destination of known size, written at any offset, in any order, from any thread.
package protocol PositionalSink: Sendable {
  /// Writes all of `bytes` at `offset`.
  func write(_ bytes: RawSpan, at offset: UInt64) throws(IOError)
}

extension PositionalSink {
  /// Writes an array at `offset`.
  package func write(_ bytes: [UInt8], at offset: UInt64) throws(IOError) {
    try write(unsafe bytes.span.bytes, at: offset)
  }
}

/// An open file, written by `pwrite`.
package final class FileSink: PositionalSink {
  /// The path as opened.
  package let path: String
  /// What to call it in a message: the name that it will have.
  package let name: String
  let descriptor: Int32

  init(path: String, name: String, descriptor: Int32) {
    self.path = path
    self.name = name
    self.descriptor = descriptor
  }

  deinit { close(descriptor) }

  /// Writes all of `bytes` at `offset`; see `PositionalSink`.
  package func write(_ bytes: RawSpan, at offset: UInt64) throws(IOError) {
    let failure = WholeTransfer.write(bytes, to: descriptor, at: offset)
    if let failure { throw IOError(.write, path: name, number: failure) }
  }

  /// Cuts the file off behind `byteCount` bytes, or extends it with zeros.
  package func truncate(to byteCount: UInt64) throws(IOError) {
    guard byteCount <= UInt64(Int64.max), ftruncate(descriptor, off_t(byteCount)) == 0 else {
      throw IOError(.write, path: name, number: errno)
    }
  }
}
