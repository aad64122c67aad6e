#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// Files of the kernel: their size says nothing, so they are read until they end.
enum SmallFile {
  /// The text of a file; nil where it cannot be read or has more than `limit` bytes.
  static func text(_ path: String, limit: UInt64) -> String? {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 4096)
    while bytes.count < limit {
      let count = unsafe read(descriptor, &chunk, chunk.count)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return count == 0 ? String(decoding: bytes, as: UTF8.self) : nil }
      bytes += chunk[..<count]
    }
    return nil
  }
}
