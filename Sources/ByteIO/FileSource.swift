#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// A regular file, read by `pread`: no shared position, so any thread reads anywhere; no mapping, so
/// resident memory stays small and a file that shrinks is an error instead of SIGBUS.
package final class FileSource: ByteSource {
  /// What to call it in a message.
  package let name: String
  /// The number of bytes.
  package let byteCount: UInt64
  private let descriptor: Int32
  private let receipt: InputLedger.Receipt?

  /// Opens a regular file, and protects it from becoming an output; one of our own making
  /// (`isInput` false) needs no protection.
  ///
  /// Other kinds are refused before they are opened: a FIFO would wait for a writer, and opening a
  /// device can do anything.
  package init(path: String, isInput: Bool = true) throws(IOError) {
    if let kind = PathKind(following: path), kind != .file {
      throw IOError(.open, path: path, reason: "\(kind.article), not a regular file")
    }
    // Were it a FIFO by now, it would not block.
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
    guard descriptor >= 0 else { throw IOError(.open, path: path, number: errno) }
    guard PathKind(descriptor: descriptor) == .file,
      let identity = FileIdentity(descriptor: descriptor)
    else {
      close(descriptor)
      throw IOError(.open, path: path, reason: "not a regular file")
    }
    self.name = path
    self.byteCount = identity.byteCount
    self.descriptor = descriptor
    receipt = isInput ? InputLedger.opened(path, identity) : nil
  }

  deinit {
    if let receipt { InputLedger.closed(receipt) }
    close(descriptor)
  }

  /// Fills `buffer` with the bytes from `offset`; see `ByteSource`.
  package func read(at offset: UInt64, into buffer: inout MutableRawSpan) throws(IOError) {
    let total = buffer.byteCount
    guard total > 0 else { return }
    guard ByteExtent(offset: offset, byteCount: UInt64(total), within: byteCount) != nil else {
      throw IOError(
        .read, path: name, reason: "\(total) bytes at \(offset) lie past the end (\(byteCount))")
    }
    let failure = WholeTransfer.read(into: &buffer, from: descriptor, at: offset)
    guard let failure else { return }
    throw failure == 0
      ? IOError(.read, path: name, reason: "the file became shorter while it was read")
      : IOError(.read, path: name, number: failure)
  }
}
