internal import Synchronization

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// The temporary files of this process, so that a signal handler can remove them.
package enum TemporaryFiles {
  private static let paths = Mutex<[String]>([])

  /// A name in the folder of `path` that no other run uses.
  package static func name(beside path: String) -> String {
    let suffix = String(UInt32.random(in: 0...UInt32.max), radix: 36)
    let tail = ".weighbridge-\(getpid())-\(suffix).tmp"
    guard let slash = path.lastIndex(of: "/") else { return "." + path + tail }
    return path[...slash] + "." + path[path.index(after: slash)...] + tail
  }

  /// Remembers a file or a folder to remove; a folder before what is in it.
  package static func insert(_ path: String) { paths.withLock { $0.append(path) } }

  /// A file that is no longer temporary.
  package static func forget(_ path: String) {
    paths.withLock { paths in
      if let place = paths.lastIndex(of: path) { paths.remove(at: place) }
    }
  }

  /// Removes every uncommitted file and folder.
  ///
  /// For the way out after a signal.
  package static func removeAll() {
    paths.withLock { paths in
      for path in paths.reversed() { unsafe remove(path) }
      paths.removeAll()
    }
  }

  static func synchronizeFolder(of path: String) {
    let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
    let descriptor = unsafe open(folder, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    close(descriptor)
  }
}
