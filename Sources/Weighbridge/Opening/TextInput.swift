internal import WeighbridgeByteIO

/// Reads a text file whole.
package enum TextInput {
  package static let limit: UInt64 = 1 << 30

  /// A text to be measured, without one final line feed, as llama.cpp's tools read `-f`
  /// (`common/arg.cpp`).
  package static func readForMeasuring(_ path: String) throws -> [UInt8] {
    var bytes = try read(path)
    if bytes.last == 0x0A { bytes.removeLast() }
    return bytes
  }

  package static func read(_ path: String) throws -> [UInt8] {
    let source = try FileSource(path: path)
    guard source.byteCount <= limit else {
      throw RequestError(message: "\(path): a text has at most \(limit) bytes")
    }
    return try source.readBytes(at: 0, count: Int(source.byteCount))
  }
}
