package import WeighbridgeByteIO

/// Small files of text: options that are read.
package enum TextFile {
  /// The most that is read of a file that the user wrote.
  private static let largest: UInt64 = 16 << 20

  /// The text of a file; one that is added to is no input.
  package static func read(
    _ path: String, isInput: Bool = true
  ) throws(FormatError) -> String {
    let source: FileSource
    do { source = try FileSource(path: path, isInput: isInput) } catch { throw FormatError(error) }
    guard source.byteCount <= largest else {
      throw FormatError(
        .limitExceeded, "\(source.byteCount) bytes; at most \(largest) are read", in: path)
    }
    let bytes: [UInt8]
    do { bytes = try source.readBytes(at: 0, count: Int(source.byteCount)) } catch {
      throw FormatError(error)
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw FormatError(.invalidUTF8, "the text is not valid UTF-8", in: path)
    }
    return text
  }
}
