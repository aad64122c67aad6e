internal import Synchronization
internal import WeighbridgeByteIO

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// Reads a text whole: a file, a pipe, or standard input for `-`.
package enum TextInput {
  package static let limit: UInt64 = 1 << 30

  /// A text to be measured, without one final line feed, as llama.cpp's tools read `-f`
  /// (`common/arg.cpp`).
  package static func readForMeasuring(_ path: String) throws -> [UInt8] {
    var bytes = try read(path)
    if bytes.last == 0x0A { bytes.removeLast() }
    return bytes
  }

  /// What messages call it.
  package static func name(of path: String) -> String { path == "-" ? "standard input" : path }

  /// The bytes, which are proven to be UTF-8 without NUL: anything else is no text, but a model that a
  /// wrong Tab has put there.
  package static func read(_ path: String, limit: UInt64 = TextInput.limit) throws -> [UInt8] {
    let bytes =
      try path == "-" || isStream(path)
      ? stream(path, limit) : file(path, limit)
    try check(bytes, name(of: path))
    return bytes
  }

  private static func file(_ path: String, _ limit: UInt64) throws -> [UInt8] {
    let source = try FileSource(path: path)
    guard source.byteCount <= limit else { throw tooLong(path, limit) }
    return try source.readBytes(at: 0, count: Int(source.byteCount))
  }

  private static func tooLong(_ name: String, _ limit: UInt64) -> RequestError {
    RequestError(message: "\(name): a text has at most \(limit) bytes")
  }

  /// Whether a path is read in order: a FIFO, as of process substitution, or a device.
  private static func isStream(_ path: String) -> Bool {
    switch PathKind(following: path) {
    case .fifo?, .socket?, .device?: true
    case .file?, .folder?, .link?, .disk?, nil: false
    }
  }

  /// What standard input held: it can be read once, and may be asked for twice.
  private static let standardInput = Mutex<[UInt8]?>(nil)

  private static func stream(_ path: String, _ limit: UInt64) throws -> [UInt8] {
    guard path == "-" else { return try drained(path, limit) }
    if let known = standardInput.withLock({ $0 }) { return known }
    let bytes = try drained(path, limit)
    standardInput.withLock { $0 = bytes }
    return bytes
  }

  private static func drained(_ path: String, _ limit: UInt64) throws -> [UInt8] {
    let name = name(of: path)
    let descriptor = path == "-" ? STDIN_FILENO : unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw IOError(.open, path: name, number: errno) }
    defer { if path != "-" { close(descriptor) } }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = unsafe Glibc.read(descriptor, &chunk, chunk.count)
      if count == 0 { return bytes }
      if count < 0 {
        if errno == EINTR { continue }
        throw IOError(.read, path: name, number: errno)
      }
      guard UInt64(bytes.count + count) <= limit else { throw tooLong(name, limit) }
      bytes.append(contentsOf: chunk[..<count])
    }
  }

  /// Throws where the bytes are no text, and says where.
  private static func check(_ bytes: [UInt8], _ name: String) throws {
    if let place = bytes.firstIndex(of: 0) {
      throw FormatError(
        .invalidUTF8, "a NUL byte: this is no text", in: name, at: UInt64(place),
        hint: bytes.starts(with: Array("GGUF".utf8)) ? "it is a GGUF model" : nil)
    }
    guard let place = Self.invalidByte(bytes) else { return }
    throw FormatError(
      .invalidUTF8, "the text is not valid UTF-8", in: name, at: UInt64(place),
      hint: "iconv -f LATIN1 -t UTF-8 converts a text in Latin 1")
  }

  /// The place of the first byte that begins no character of UTF-8.
  private static func invalidByte(_ bytes: [UInt8]) -> Int? {
    guard String(validating: bytes, as: UTF8.self) == nil else { return nil }
    // Halves the range that is known to hold the first fault; cuts fall between characters.
    var place = 0
    while place < bytes.count {
      let step = min(4096, bytes.count - place)
      var end = place + step
      while end < bytes.count, bytes[end] & 0xC0 == 0x80, end - place < step + 4 { end += 1 }
      if String(validating: bytes[place..<end], as: UTF8.self) == nil { break }
      place = end
    }
    while place < bytes.count {
      let length = bytes[place] < 0x80 ? 1 : bytes[place] < 0xE0 ? 2 : bytes[place] < 0xF0 ? 3 : 4
      let end = min(place + length, bytes.count)
      if String(validating: bytes[place..<end], as: UTF8.self) == nil { return place }
      place = end
    }
    return place
  }
}
