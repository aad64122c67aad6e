package import WeighbridgeByteIO
package import WeighbridgeJSON

/// The files beside the tensors of a checkpoint: configuration, tokenizer, model card.
package struct CheckpointFiles: Sendable {
  private let tree: any FileTree
  private let limits: ReadLimits
  private let present: Set<String>

  /// Looks at a folder; nothing is read yet.
  ///
  /// A file larger than `limits.headerBytes` is refused when it is asked for.
  package init(_ tree: any FileTree, limits: ReadLimits = .default) {
    self.tree = tree
    self.limits = limits
    self.present = Set(tree.names)
  }

  /// What to call the folder in a message.
  package var name: String { tree.name }

  /// Relative paths of all files, sorted by bytes.
  package var names: [String] { tree.names }

  /// Whether there is a file of that name.
  package func contains(_ name: String) -> Bool { present.contains(name) }

  /// Opens a file; nil where there is none.
  package func source(_ name: String) throws(FormatError) -> (any ByteSource)? {
    guard contains(name) else { return nil }
    do { return try tree.open(name) } catch { throw FormatError(error) }
  }

  /// The bytes of a file; nil where there is none.
  package func bytes(_ name: String) throws(FormatError) -> [UInt8]? {
    guard let source = try source(name) else { return nil }
    guard source.byteCount <= limits.headerBytes else {
      throw FormatError(
        .limitExceeded,
        "\(source.byteCount) bytes; at most \(limits.headerBytes) are read of such a file",
        in: source.name)
    }
    do { return try source.readBytes(at: 0, count: Int(source.byteCount)) } catch {
      throw FormatError(error)
    }
  }

  /// The text of a file; nil where there is none.
  ///
  /// Text that is not UTF-8 is an error.
  package func text(_ name: String) throws(FormatError) -> String? {
    guard let bytes = try bytes(name) else { return nil }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw FormatError(.invalidUTF8, "the text is not valid UTF-8", in: tree.name + "/" + name)
    }
    return text
  }

  /// The JSON document in a file; nil where there is none.
  ///
  /// Python's `NaN` and `Infinity` are allowed, as configuration files contain them.
  package func json(_ name: String) throws(FormatError) -> JSONValue? {
    guard let source = try source(name) else { return nil }
    return try JSONValue.read(source, limits: limits)
  }

  /// The JSON document in a file that must be there.
  package func requiredJSON(_ name: String) throws(FormatError) -> JSONValue {
    guard let document = try json(name) else {
      throw FormatError(
        .missingFile, "there is no \(name)", in: tree.name,
        hint: "the folder must be a whole checkpoint, with its configuration and tokenizer")
    }
    return document
  }
}
