#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// What is at a path.
package enum PathKind: Hashable, Sendable {
  case file, folder, link, fifo, socket, device, disk

  /// What the path itself is, without following a link; nil where nothing is.
  package init?(of path: String) {
    var status = stat()
    guard unsafe lstat(path, &status) == 0 else { return nil }
    self.init(status.st_mode)
  }

  /// What the path leads to; nil where nothing is.
  package init?(following path: String) {
    var status = stat()
    guard unsafe stat(path, &status) == 0 else { return nil }
    self.init(status.st_mode)
  }

  /// What an open descriptor leads to.
  init?(descriptor: Int32) {
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else { return nil }
    self.init(status.st_mode)
  }

  init(_ mode: mode_t) {
    switch mode & S_IFMT {
    case S_IFREG: self = .file
    case S_IFDIR: self = .folder
    case S_IFLNK: self = .link
    case S_IFIFO: self = .fifo
    case S_IFSOCK: self = .socket
    case S_IFBLK: self = .disk
    default: self = .device
    }
  }

  /// Its name in a sentence.
  package var article: String {
    switch self {
    case .file: "a file"
    case .folder: "a folder"
    case .link: "a symbolic link"
    case .fifo: "a FIFO"
    case .socket: "a socket"
    case .device: "a device"
    case .disk: "a block device"
    }
  }
}
