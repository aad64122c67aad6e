#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// The last step of every file that appears whole or not at all.
enum Publication {
  /// Gives a finished file its name; one that is there already is replaced only if that was asked for.
  static func publish(
    _ temporary: String, as path: String, replacing: Bool
  ) throws(IOError) {
    if replacing {
      guard unsafe rename(temporary, path) == 0 else {
        throw IOError(.rename, path: path, number: errno)
      }
      return
    }
    // `link` fails where a file has appeared since; `rename` would replace it.
    guard unsafe link(temporary, path) != 0 else {
      unsafe unlink(temporary)
      return
    }
    let number = errno
    guard number == EPERM || number == EOPNOTSUPP || number == ENOSYS,
      unsafe access(path, F_OK) != 0, unsafe rename(temporary, path) == 0
    else { throw IOError(.rename, path: path, number: number) }
  }

  /// The name of a hidden file beside `path`.
  static func hidden(_ path: String, _ suffix: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." + path + suffix }
    return path[...slash] + "." + path[path.index(after: slash)...] + suffix
  }

  /// Refuses `path` where something is there that must not be replaced.
  static func check(_ path: String, replacing: Bool) throws(IOError) {
    if !replacing, unsafe access(path, F_OK) == 0 {
      throw IOError(.create, path: path, reason: "it exists already (use --force to replace it)")
    }
  }

  /// Refuses `path` where its disk has no room for so many bytes.
  static func checkRoom(for byteCount: UInt64, at path: String) throws(IOError) {
    guard byteCount <= UInt64(Int64.max) else {
      throw IOError(.create, path: path, reason: "a size of \(byteCount) bytes")
    }
    let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
    var space = statvfs()
    guard unsafe statvfs(folder, &space) == 0 else { return }
    let free = UInt64(space.f_bavail).multipliedReportingOverflow(by: UInt64(space.f_frsize))
    if !free.overflow, free.partialValue < byteCount {
      throw IOError(
        .create, path: path,
        reason: "\(byteCount) bytes are needed, \(free.partialValue) are free on this disk")
    }
  }
}
