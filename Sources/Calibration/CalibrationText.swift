package import WeighbridgeByteIO
internal import WeighbridgeJSON

/// Texts to calibrate on: files of text, files of JSON lines with a `text` each, or folders of these.
package struct CalibrationText: Sendable {
  /// The documents, in the order of the arguments, folders by name.
  package private(set) var documents: [[UInt8]] = []
  /// The files that were read.
  package private(set) var files: [String] = []

  /// Bytes of all texts together, at most.
  private static let limit: UInt64 = 1 << 30

  /// Reads everything.
  package init(_ paths: [String]) throws(FormatError) {
    var rest = Self.limit
    for path in paths {
      guard DirectoryTree.isDirectory(path) else {
        try add(path, &rest)
        continue
      }
      let tree: DirectoryTree
      do { tree = try DirectoryTree(path: path) } catch { throw FormatError(error) }
      guard !tree.names.isEmpty else {
        throw FormatError(.invalidValue, "the folder holds no files", in: path)
      }
      for name in tree.names { try add(path + "/" + name, &rest) }
    }
  }

  private mutating func add(_ path: String, _ rest: inout UInt64) throws(FormatError) {
    let source: FileSource
    do { source = try FileSource(path: path) } catch { throw FormatError(error) }
    guard source.byteCount <= rest else {
      throw FormatError(
        .limitExceeded, "the texts have more than \(Self.limit) bytes together", in: path)
    }
    rest -= source.byteCount
    let bytes: [UInt8]
    do { bytes = try source.readBytes(at: 0, count: Int(source.byteCount)) } catch {
      throw FormatError(error)
    }
    files.append(path)
    let lower = path.lowercased()
    if lower.hasSuffix(".jsonl") || lower.hasSuffix(".ndjson") {
      try addLines(bytes, path)
    } else {
      documents.append(bytes)
    }
  }

  private mutating func addLines(_ bytes: [UInt8], _ path: String) throws(FormatError) {
    for (number, line) in bytes.split(separator: 0x0A).enumerated() {
      guard !line.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) else { continue }
      let place = "\(path), document \(number + 1)"
      let value: JSONValue
      do { value = try JSONValue.parse(Array(line)) } catch { throw error.formatError(in: place) }
      guard let text = value.object?["text"], case .string(let string) = text else {
        throw FormatError(.invalidValue, "an object with a 'text' is expected", in: place)
      }
      documents.append(string.bytes)
    }
  }
}
