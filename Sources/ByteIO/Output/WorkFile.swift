#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// A file in the making that a later run can find: `.NAME.weighbridge-work` beside its place.
///
/// Whoever opens one holds the `LockedFile` that goes with it, so what is found was left by a run that
/// is dead.
package final class WorkFile: Sendable {
  /// Where to write.
  package let sink: FileSink
  /// Where the file goes once it is whole.
  package let place: OutputPlace
  /// Whether an earlier run left it, with what that run wrote.
  package let isFound: Bool

  /// The name of the work file that belongs to `path`.
  package static func name(for path: String) -> String {
    Publication.hidden(path, ".weighbridge-work")
  }

  /// Opens the work file of an earlier run if `keeps` says so, or starts a new one of `byteCount`, nil
  /// where that is not known yet.
  ///
  /// One of another size is started anew. So is one that has a second name: the run that published it
  /// was killed before it removed the first, and the published file must not change. `isTemporary` says
  /// whether a signal removes it.
  package init(
    for place: OutputPlace, byteCount: UInt64?, keeps: Bool = false, isTemporary: Bool = true
  ) throws(IOError) {
    self.place = place
    let name = Self.name(for: place.path)
    if keeps, let byteCount, let descriptor = Self.reopen(name, byteCount: byteCount) {
      if isTemporary { TemporaryFiles.insert(name) }
      self.sink = FileSink(path: name, name: place.name, descriptor: descriptor)
      self.isFound = true
      return
    }
    if let byteCount { try Publication.checkRoom(for: byteCount, at: place.path) }
    FolderRemoval.remove(name)
    // What replaces a private file is private from its first byte.
    let descriptor = Self.create(name, place.attributes == nil ? 0o666 : 0o600, isTemporary)
    guard descriptor >= 0 else { throw IOError(.create, path: place.name, number: errno) }
    self.sink = FileSink(path: name, name: place.name, descriptor: descriptor)
    self.isFound = false
    guard let byteCount else { return }
    guard byteCount <= UInt64(Int64.max), ftruncate(descriptor, off_t(byteCount)) == 0 else {
      let number = errno
      Self.discard(name)
      throw IOError(.create, path: place.name, number: number)
    }
  }

  /// Opens the work file that other processes write as well, or makes it: it gets its name together with
  /// its size, so that nobody finds half of it.
  package init(shared place: OutputPlace, byteCount: UInt64) throws(IOError) {
    let name = Self.name(for: place.path)
    self.place = place
    for _ in 0..<100 {
      // Between its two names it looks like one that was published; a moment later it does not.
      if let descriptor = Self.reopen(name, byteCount: byteCount) {
        self.sink = FileSink(path: name, name: place.name, descriptor: descriptor)
        self.isFound = true
        return
      }
      if let found = FileIdentity(path: name), found.byteCount != byteCount {
        throw IOError(
          .create, path: place.name, reason: "\(name) belongs to another plan",
          hint: "remove it, or finish that plan")
      }
      try Self.offer(name, byteCount, at: place)
      usleep(20_000)
    }
    throw IOError(.create, path: place.name, reason: "\(name) cannot be opened")
  }

  /// Makes an empty file of a size and gives it the name, unless another process was faster.
  private static func offer(
    _ name: String, _ byteCount: UInt64, at place: OutputPlace
  ) throws(IOError) {
    guard PathKind(of: name) == nil else { return }
    try Publication.checkRoom(for: byteCount, at: place.path)
    let own = Publication.hidden(
      place.path, ".weighbridge-\(getpid())-\(UInt32.random(in: .min ... .max))")
    let descriptor = create(own, place.attributes == nil ? 0o666 : 0o600, true)
    guard descriptor >= 0 else { throw IOError(.create, path: place.name, number: errno) }
    defer {
      close(descriptor)
      discard(own)
    }
    guard byteCount <= UInt64(Int64.max), ftruncate(descriptor, off_t(byteCount)) == 0 else {
      throw IOError(.create, path: place.name, number: errno)
    }
    guard unsafe link(own, name) == 0 || errno == EEXIST else {
      throw IOError(.create, path: place.name, number: errno)
    }
  }

  private static func create(_ name: String, _ mode: mode_t, _ isTemporary: Bool) -> Int32 {
    var descriptor: Int32 = -1
    let body = {
      descriptor = unsafe open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode)
      return descriptor >= 0
    }
    if isTemporary { _ = TemporaryFiles.create(name, body) } else { _ = body() }
    return descriptor
  }

  private static func reopen(_ name: String, byteCount: UInt64) -> Int32? {
    let descriptor = unsafe open(name, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
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

  /// Refuses outputs that their disk has no room for, all of them together.
  package static func checkRoom(
    for outputs: [(place: OutputPlace, byteCount: UInt64)], keeps: Bool
  ) throws(IOError) {
    guard let first = outputs.first else { return }
    var needed: UInt64 = 0
    for output in outputs {
      let there = keeps ? allocatedBytes(for: output.place.path) : 0
      let rest = output.byteCount > there ? output.byteCount - there : 0
      needed = needed.addingReportingOverflow(rest).overflow ? .max : needed + rest
    }
    try Publication.checkRoom(for: needed, at: first.place.path)
  }

  /// Waits until what was written is on the disk.
  package func synchronize() throws(IOError) {
    guard fdatasync(sink.descriptor) == 0 else {
      throw IOError(.synchronize, path: place.name, number: errno)
    }
  }

  /// Makes the file durable, like the one that it replaces: it only lacks its name then.
  func finish() throws(IOError) -> StagedOutput {
    if let attributes = place.attributes {
      // Only root can give a file away; whoever cannot keeps it.
      _ = fchown(sink.descriptor, attributes.owner, attributes.group)
      fchmod(sink.descriptor, attributes.mode)
    }
    guard fsync(sink.descriptor) == 0 else {
      throw IOError(.synchronize, path: place.name, number: errno)
    }
    return StagedOutput(hidden: sink.path, place: place)
  }

  /// Makes files durable and gives them their names, all or none.
  package static func commit(_ works: [WorkFile]) throws(IOError) {
    var staged: [StagedOutput] = []
    for work in works { staged.append(try work.finish()) }
    try Publication.publish(staged)
  }

  /// Removes what runs have left for `path`, if there is anything.
  package static func remove(for path: String) {
    discard(name(for: path))
    unsafe unlink(Publication.hidden(path, ".weighbridge-old"))
  }

  private static func discard(_ name: String) {
    FolderRemoval.remove(name)
    TemporaryFiles.forget(name)
  }
}
