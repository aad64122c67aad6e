#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// A file in the making that a later run can find: `.NAME.weighbridge-work` beside its place.
///
/// Nothing removes it but `commit` and `remove`, so what was written survives the end of the process,
/// whatever ended it. Whoever opens one holds the `LockedFile` that goes with it.
package final class WorkFile: Sendable {
  /// Where to write.
  package let sink: FileSink
  /// The file's name once it is whole.
  package let path: String
  /// Whether an earlier run left it, with what that run wrote.
  package let isFound: Bool

  /// The name of the work file that belongs to `path`.
  package static func name(for path: String) -> String {
    Publication.hidden(path, ".weighbridge-work")
  }

  /// Opens the work file of an earlier run if `keeps` says so, or starts a new one of `byteCount`.
  ///
  /// One of another size is started anew. So is one that has a second name: the run that published it
  /// was killed before it removed the first, and the published file must not change.
  package init(for path: String, byteCount: UInt64, keeps: Bool) throws(IOError) {
    self.path = path
    let name = Self.name(for: path)
    if keeps, let descriptor = Self.reopen(name, byteCount: byteCount) {
      self.sink = FileSink(path: name, descriptor: descriptor)
      self.isFound = true
      return
    }
    unsafe unlink(name)
    let descriptor = unsafe open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw IOError(.create, path: path, number: errno) }
    self.sink = FileSink(path: name, descriptor: descriptor)
    self.isFound = false
    guard byteCount <= UInt64(Int64.max), ftruncate(descriptor, off_t(byteCount)) == 0 else {
      let number = errno
      unsafe unlink(name)
      throw IOError(.create, path: path, number: number)
    }
  }

  private static func reopen(_ name: String, byteCount: UInt64) -> Int32? {
    let descriptor = unsafe open(name, O_RDWR | O_CLOEXEC | O_NOFOLLOW)
    guard descriptor >= 0 else { return nil }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
      status.st_nlink == 1, UInt64(max(0, status.st_size)) == byteCount
    else {
      close(descriptor)
      return nil
    }
    return descriptor
  }

  /// What an earlier run has already been given of the disk for `path`.
  package static func allocatedBytes(for path: String) -> UInt64 {
    var status = stat()
    guard unsafe lstat(name(for: path), &status) == 0 else { return 0 }
    return UInt64(max(0, status.st_blocks)) &* 512
  }

  /// Refuses outputs that exist and must not be replaced, and those that their disk has no room for.
  ///
  /// All of them are looked at before the first is begun.
  package static func check(
    _ outputs: [(path: String, byteCount: UInt64)], keeps: Bool, replacing: Bool
  ) throws(IOError) {
    guard let first = outputs.first else { return }
    var needed: UInt64 = 0
    for output in outputs {
      try Publication.check(output.path, replacing: replacing)
      let there = keeps ? allocatedBytes(for: output.path) : 0
      let rest = output.byteCount > there ? output.byteCount - there : 0
      needed = needed.addingReportingOverflow(rest).overflow ? .max : needed + rest
    }
    try Publication.checkRoom(for: needed, at: first.path)
  }

  /// Waits until what was written is on the disk.
  package func synchronize() throws(IOError) {
    guard fdatasync(sink.descriptor) == 0 else {
      throw IOError(.synchronize, path: path, number: errno)
    }
  }

  /// Makes the file durable and gives it its name.
  package func commit(replacing: Bool) throws(IOError) {
    guard fsync(sink.descriptor) == 0 else {
      throw IOError(.synchronize, path: path, number: errno)
    }
    try Publication.publish(sink.path, as: path, replacing: replacing)
    TemporaryFiles.synchronizeFolder(of: path)
  }

  /// Removes the work file of `path`, if there is one.
  package static func remove(for path: String) { unsafe unlink(name(for: path)) }
}
