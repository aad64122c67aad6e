#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// What is at a path, without following a link.
package enum PathKind: Hashable, Sendable {
  case file, folder, other

  /// Nil where nothing is.
  package init?(of path: String) {
    var status = stat()
    guard unsafe lstat(path, &status) == 0 else { return nil }
    switch status.st_mode & S_IFMT {
    case S_IFREG: self = .file
    case S_IFDIR: self = .folder
    default: self = .other
    }
  }
}
