#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// A folder that appears at its path whole or not at all, where it is not there yet.
///
/// Files are written into a hidden folder beside it, which gets its name at the end; what was not
/// committed is removed, by `deinit` or when a signal ends the process. A folder that is there already
/// is written into directly: then each of its files appears by itself.
package final class AtomicFolder {
  /// Where files are written.
  package let root: String
  /// Whether the folder was not there.
  package var isNew: Bool { root != path }
  private let path: String
  /// What to remove on failure, in the order of its creation.
  private var created: [String] = []
  private var isCommitted = false

  /// Prepares a folder; something else in its place is an error.
  package init(path: String) throws(IOError) {
    var path = path
    while path.count > 1, path.hasSuffix("/") { path.removeLast() }
    self.path = path
    guard PathKind(of: path) != nil else {
      self.root = TemporaryFiles.name(beside: path)
      try makeFolder(root)
      return
    }
    self.root = path
    guard DirectoryTree.isDirectory(path) else {
      throw IOError(.create, path: path, reason: "it exists and is not a folder")
    }
  }

  deinit { discard() }

  /// Removes what was created, unless the folder was committed.
  ///
  /// What is being written inside has to be gone: call this after it, where `deinit` might come first.
  package func discard() {
    guard !isCommitted else { return }
    for path in created.reversed() {
      unsafe remove(path)
      TemporaryFiles.forget(path)
    }
    created = []
  }

  /// Creates a folder inside, to be removed on failure.
  package func makeFolder(_ path: String) throws(IOError) {
    guard unsafe mkdir(path, 0o755) == 0 else {
      throw IOError(.create, path: path, number: errno)
    }
    remember(path)
  }

  /// Takes note of a finished file: in a new folder it has to go on failure.
  package func adopt(_ file: String) { if isNew { remember(file) } }

  /// Gives the folder its name.
  package func commit() throws(IOError) {
    if isNew {
      TemporaryFiles.synchronizeFolder(of: root + "/")
      guard unsafe rename(root, path) == 0 else {
        throw IOError(.rename, path: path, number: errno)
      }
      TemporaryFiles.synchronizeFolder(of: path)
    }
    isCommitted = true
    for path in created { TemporaryFiles.forget(path) }
  }

  private func remember(_ path: String) {
    created.append(path)
    TemporaryFiles.insert(path)
  }
}
