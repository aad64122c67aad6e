#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// A file that appears at its path whole or not at all.
///
/// It is written under a temporary name in the same folder; `commit` makes it durable and renames it.
/// A file that was not committed is removed: by `deinit`, or by `TemporaryFiles.removeAll` when a
/// signal ends the process.
package struct AtomicFile: ~Copyable {
  /// Where to write.
  package let sink: FileSink
  private let path: String
  private let replaces: Bool
  private var committed = false

  /// Creates the temporary file beside `path` and reserves `byteCount` bytes for it.
  ///
  /// The disk must have room for all of them now; nil where the size is not known yet. `replaces` says
  /// whether an existing file may be replaced; otherwise one is an error.
  package init(path: String, byteCount: UInt64?, replaces: Bool = false) throws(IOError) {
    try Publication.check(path, replacing: replaces)
    self.sink = try Self.create(path: path, byteCount: byteCount)
    self.path = path
    self.replaces = replaces
  }

  private static func create(path: String, byteCount: UInt64?) throws(IOError) -> FileSink {
    let temporary = TemporaryFiles.name(beside: path)
    TemporaryFiles.insert(temporary)
    let descriptor = unsafe open(temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      let number = errno
      TemporaryFiles.forget(temporary)
      throw IOError(.create, path: path, number: number)
    }
    let sink = FileSink(path: temporary, descriptor: descriptor)
    do {
      if let byteCount { try reserve(byteCount, for: sink, path: path) }
      return sink
    } catch {
      unsafe unlink(temporary)
      TemporaryFiles.forget(temporary)
      throw error
    }
  }

  private static func reserve(
    _ byteCount: UInt64, for sink: FileSink, path: String
  ) throws(IOError) {
    try Publication.checkRoom(for: byteCount, at: path)
    guard ftruncate(sink.descriptor, off_t(byteCount)) == 0 else {
      throw IOError(.create, path: path, number: errno)
    }
  }

  /// Makes the file durable and gives it its name.
  package consuming func commit() throws(IOError) {
    guard fsync(sink.descriptor) == 0 else {
      throw IOError(.synchronize, path: path, number: errno)
    }
    try Publication.publish(sink.path, as: path, replacing: replaces)
    finish()
  }

  private consuming func finish() {
    committed = true
    TemporaryFiles.forget(sink.path)
    TemporaryFiles.synchronizeFolder(of: path)
  }

  deinit {
    if !committed {
      unsafe unlink(sink.path)
      TemporaryFiles.forget(sink.path)
    }
  }
}
