#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// A folder whose files appear together or not at all.
///
/// A new folder is written under a hidden name beside its place, which it gets at the end. In one that
/// is there already the files are written under hidden names and get theirs together. What was not
/// committed is removed: by `discard`, by a signal, or by the next run with the same output.
package final class AtomicFolder {
  /// Where files are written.
  package let root: String
  /// Whether the folder was not there.
  package var isNew: Bool { root != path }
  private let path: String
  private let replaces: Bool
  private let lock: LockedFile
  /// Folders to remove on failure, in the order of their creation.
  private var folders: [String] = []
  private var staged: [(name: String, file: StagedOutput)] = []
  private var works: [String] = []
  private var isOver = false
  private var (notes, resumes): (FolderNotes?, Bool) = (nil, false)
  /// How many bytes of its files an earlier run has written, where it is taken up.
  package private(set) var resumed: [String: UInt64] = [:]

  /// A file in the making.
  package final class File: Sendable {
    /// Where to write.
    package let sink: FileSink
    fileprivate let name: String
    fileprivate let work: WorkFile?

    fileprivate init(_ name: String, _ sink: FileSink, _ work: WorkFile?) {
      self.name = name
      self.sink = sink
      self.work = work
    }
  }

  /// Prepares a folder; something else in its place is an error.
  ///
  /// With `resumes` what a dead run has left of a new one is taken up, and kept if this one ends early.
  package init(path: String, replacing: Bool, resumes: Bool = false) throws(IOError) {
    self.path = Self.trimmed(path)
    replaces = replacing
    if try Self.isThere(self.path) {
      root = self.path
      lock = try LockedFile(
        for: self.path, at: root + "/.weighbridge-journal", isTemporary: true)
      do throws(IOError) {
        try Leftovers.settle(lock, in: root + "/", replacing: replacing)
      } catch {
        lock.remove()
        isOver = true
        throw error
      }
      return
    }
    root = WorkFile.name(for: self.path)
    lock = try LockedFile(for: self.path, isTemporary: true)
    let root = root
    (notes, self.resumes) = (FolderNotes(in: root), resumes)
    if resumes, PathKind(of: root) == .folder {
      resumed = notes?.read() ?? [:]
      return
    }
    FolderRemoval.remove(root)
    FolderRemoval.remove(root + TemporaryFiles.doomed)
    let isMade =
      resumes
      ? unsafe mkdir(root, 0o777) == 0
      : TemporaryFiles.create(root, isTree: true) { unsafe mkdir(root, 0o777) == 0 }
    guard isMade else {
      let number = errno
      lock.remove()
      isOver = true
      throw IOError(.create, path: self.path, number: number)
    }
  }

  deinit { discard() }

  private static func trimmed(_ path: String) -> String {
    var path = path
    while path.count > 1, path.hasSuffix("/") { path.removeLast() }
    return path
  }

  /// Looks at where a folder is to be, before any work: whether it is there, or can be created.
  package static func check(_ path: String) throws(IOError) { _ = try isThere(trimmed(path)) }

  private static func isThere(_ path: String) throws(IOError) -> Bool {
    if path.isEmpty || path == "-" {
      throw IOError(
        .create, path: path.isEmpty ? "''" : path, code: .notAFile,
        reason: path.isEmpty
          ? "the output has no name" : "a folder cannot be written to standard output")
    }
    switch PathKind(following: path) {
    case .folder?:
      guard unsafe access(path, W_OK | X_OK) == 0 else {
        throw IOError(.create, path: path, number: errno)
      }
      return true
    case nil where PathKind(of: path) == nil:
      try OutputPlace.checkFolder(of: path, for: path)
      return false
    case nil:
      throw IOError(
        .create, path: path, code: .notAFile,
        reason: "it is a symbolic link to what does not exist")
    case .some(let kind):
      throw IOError(
        .create, path: path, code: .notAFile, reason: "it is \(kind.article), not a folder")
    }
  }

  /// Looks at the places of all files that are to be created, and whether the disk has room for them.
  package func prepare(_ files: [(name: String, byteCount: UInt64)]) throws(IOError) {
    if !isNew {
      for file in files {
        let place = root + "/" + file.name
        // Folders on the way that are not there yet are made with the file.
        guard let slash = place.lastIndex(of: "/"),
          PathKind(following: String(place[..<slash])) != nil
        else { continue }
        _ = try OutputPlace(place, replacing: replaces)
      }
    }
    var total: UInt64 = 0
    for file in files {
      let sum = total.addingReportingOverflow(file.byteCount)
      total = sum.overflow ? .max : sum.partialValue
    }
    try Publication.checkRoom(for: total, at: root + "/", for: path)
  }

  /// Creates a file, `name` relative to the folder, and the folders on the way to it.
  package func create(_ name: String, byteCount: UInt64) throws(IOError) -> File {
    let parts = name.split(separator: "/").dropLast()
    for count in parts.indices {
      try makeFolder(root + "/" + parts[...count].joined(separator: "/"))
    }
    let full = root + "/" + name
    if isNew {
      let shown = path + "/" + name
      let descriptor = unsafe open(
        full, O_RDWR | O_CREAT | (resumes ? 0 : O_EXCL) | O_CLOEXEC | O_NOFOLLOW, 0o666)
      guard descriptor >= 0 else { throw IOError(.create, path: shown, number: errno) }
      let sink = FileSink(path: full, name: shown, descriptor: descriptor)
      try sink.truncate(to: byteCount)
      return File(name, sink, nil)
    }
    let work = try WorkFile(
      for: OutputPlace(full, replacing: replaces), byteCount: byteCount)
    works.append(work.sink.path)
    return File(name, work.sink, work)
  }

  /// Makes a finished file durable.
  package func finish(_ file: File) throws(IOError) {
    if let work = file.work {
      staged.append((file.name, try work.finish()))
    } else if fsync(file.sink.descriptor) != 0 {
      throw IOError(.synchronize, path: file.sink.name, number: errno)
    }
  }

  /// Notes that the first bytes of a file are written, for a run that goes on from there.
  package func note(_ file: File, bytes: UInt64) { notes?.add(file.name, bytes) }

  /// Removes what was created, unless the folder was committed.
  ///
  /// What is being written inside has to be gone: call this after it, where `deinit` might come first.
  package func discard() {
    guard !isOver else { return }
    isOver = true
    if isNew, !resumes {
      FolderRemoval.remove(root)
      TemporaryFiles.forget(root)
    }
    for hidden in works {
      FolderRemoval.remove(hidden)
      TemporaryFiles.forget(hidden)
    }
    for folder in folders.reversed() {
      unsafe rmdir(folder)
      TemporaryFiles.forget(folder)
    }
    lock.remove()
  }

  /// Gives the folder, or its files, their names.
  package func commit() throws(IOError) {
    if isNew { try publishFolder() } else { try publishFiles() }
    isOver = true
    for folder in folders { TemporaryFiles.forget(folder) }
    lock.remove()
  }

  private func publishFolder() throws(IOError) {
    try InputLedger.checkUnchanged()
    notes?.remove()
    for folder in folders { TemporaryFiles.synchronize(folder) }
    TemporaryFiles.synchronize(root)
    // As for a file: a kill between the two must not leave a journal beside a whole folder.
    lock.remove()
    try TemporaryFiles.publish { () throws(IOError) in
      guard unsafe rename(root, path) == 0 else {
        throw IOError(.rename, path: path, number: errno)
      }
      return [root]
    }
    TemporaryFiles.synchronizeFolder(of: path)
  }

  private func publishFiles() throws(IOError) {
    if staged.count > 1 {
      // The renames are not one step: a run after a kill among them does the rest.
      try lock.truncate(to: 0)
      try lock.append(Leftovers.head(outputs: staged.map(\.name)))
      try lock.synchronize()
    }
    try Publication.publish(staged.map(\.file))
  }

  private func makeFolder(_ folder: String) throws(IOError) {
    if let kind = PathKind(of: folder) {
      // In a folder that is taken up there may be anything.
      guard kind == .folder || !isNew else {
        throw IOError(.create, path: folder, reason: "it is \(kind.article), not a folder")
      }
      return
    }
    if isNew {
      guard unsafe mkdir(folder, 0o777) == 0 else {
        throw IOError(.create, path: folder, number: errno)
      }
    } else {
      let isMade = TemporaryFiles.create(folder) { unsafe mkdir(folder, 0o777) == 0 }
      guard isMade else { throw IOError(.create, path: folder, number: errno) }
    }
    folders.append(folder)
  }
}
