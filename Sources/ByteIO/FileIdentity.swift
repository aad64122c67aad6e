#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// What tells a file from any other, and from itself at another time.
package struct FileIdentity: Hashable, Sendable {
  /// The file system and the number in it: the same for every name of one file.
  package struct Place: Hashable, Sendable {
    let device: UInt64
    let number: UInt64
  }

  /// Where it is, whatever it is called.
  package let place: Place
  /// Its size.
  package let byteCount: UInt64
  /// When it was last written to, in nanoseconds since 1970.
  package let modified: Int64

  /// Looks at a file, through symbolic links; nil where there is none.
  package init?(path: String) {
    var status = stat()
    guard unsafe stat(path, &status) == 0 else { return nil }
    self.init(status)
  }

  /// Looks at an open file.
  init?(descriptor: Int32) {
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else { return nil }
    self.init(status)
  }

  private init(_ status: stat) {
    place = Place(device: UInt64(status.st_dev), number: UInt64(status.st_ino))
    byteCount = UInt64(max(0, status.st_size))
    #if canImport(Glibc)
      let time = status.st_mtim
    #else
      let time = status.st_mtimespec
    #endif
    modified = Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
  }

  /// The path without symbolic links and relative parts; itself where there is no such file.
  package static func resolved(_ path: String) -> String {
    guard let resolved = unsafe realpath(path, nil) else { return path }
    defer { unsafe free(resolved) }
    return unsafe String(cString: resolved)
  }
}
