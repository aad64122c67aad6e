internal import Synchronization

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// The temporary files and folders of this process, so that a signal can remove them.
///
/// Creating one and giving it its name both happen under the lock, and `removeAll` never gives the lock
/// back: whatever a signal interrupts is either in the list or at its place.
package enum TemporaryFiles {
  private struct Entry {
    let path: String
    /// Whether everything in it goes too.
    let isTree: Bool
  }

  /// What is added to the name of a folder that is being removed.
  static let doomed = "-removed"

  private static let entries = Mutex<[Entry]>([])

  /// Creates something and remembers it in one step; `body` says whether it succeeded.
  static func create(_ path: String, isTree: Bool = false, _ body: () -> Bool) -> Bool {
    entries.withLock { entries in
      guard body() else { return false }
      entries.append(Entry(path: path, isTree: isTree))
      return true
    }
  }

  /// Remembers something that is there already.
  static func insert(_ path: String) {
    entries.withLock { $0.append(Entry(path: path, isTree: false)) }
  }

  /// What is no longer temporary.
  package static func forget(_ path: String) {
    entries.withLock { entries in
      if let place = entries.lastIndex(where: { $0.path == path }) { entries.remove(at: place) }
    }
  }

  /// Runs the last step of an output: a signal waits until it is over.
  ///
  /// What `body` returns is forgotten.
  static func publish(
    _ body: () throws(IOError) -> [String]
  ) throws(IOError) {
    try entries.withLock { (entries) throws(IOError) in
      let published = Set(try body())
      entries.removeAll { published.contains($0.path) }
    }
  }

  /// Removes everything that has not got its name, for the way out after a signal.
  package static func removeAll(then leave: () -> Never) -> Never {
    entries.withLock { entries in
      for entry in entries.reversed() {
        if entry.isTree {
          // Under another name nobody can add to it while it is emptied.
          let path = entry.path + doomed
          FolderRemoval.remove(unsafe rename(entry.path, path) == 0 ? path : entry.path)
        } else {
          unsafe remove(entry.path)
        }
      }
      leave()
    }
  }

  static func synchronizeFolder(of path: String) { synchronize(OutputPlace.folder(of: path)) }

  static func synchronize(_ folder: String) {
    let descriptor = unsafe open(folder, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    close(descriptor)
  }
}

/// Removes what lies under a hidden name of ours.
enum FolderRemoval {
  /// Removes a file, a link itself, or a folder with everything in it; links are not followed.
  static func remove(_ path: String) {
    guard unsafe unlink(path) != 0, PathKind(of: path) == .folder else { return }
    if let directory = unsafe opendir(path) {
      var names: [String] = []
      while let entry = unsafe readdir(directory) {
        let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
          unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { text in
            unsafe String(cString: text)
          }
        }
        if name != ".", name != ".." { names.append(name) }
      }
      unsafe closedir(directory)
      for name in names { remove(path + "/" + name) }
    }
    unsafe rmdir(path)
  }
}
