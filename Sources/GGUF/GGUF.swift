package import WeighbridgeByteIO
package import WeighbridgeModelIR

/// The GGUF container, versions 1 to 3, in either byte order, whole or split.
///
/// The rules that the names `GGUF-1` and so on stand for are in `Specs/gguf.md`.
package enum GGUF: WritableModelFormat {
  /// What to call it.
  package static let name = "GGUF"

  static let magic = Array("GGUF".utf8)
  static let alignmentKey: ByteString = "general.alignment"
  static let defaultAlignment: UInt64 = 32
  /// What llama.cpp reads, ggml's `GGML_MAX_DIMS`.
  ///
  /// Other programs write more (GGUF-13).
  static let usualDimensions = 4
  /// What llama.cpp reads, ggml's `GGML_MAX_NAME` without the terminating zero.
  ///
  /// Other programs write more (GGUF-13).
  static let usualNameBytes = 63
  /// What is read at all.
  static let maximumDimensions = 64
  /// What is read at all.
  static let maximumNameBytes = 4095

  /// Whether the bytes are of this format; see `ModelFormat`.
  package static func recognizes(_ prefix: [UInt8], in source: any ByteSource) -> Bool {
    prefix.starts(with: magic)
  }

  /// Reads the headers; see `ModelFormat`.
  ///
  /// `file` may be any part of a split model: the other parts are looked for beside it.
  package static func open(
    _ file: String, in tree: any FileTree, limits: ReadLimits
  ) throws(FormatError) -> Model {
    let source: any ByteSource
    do { source = try tree.open(file) } catch { throw FormatError(error) }
    let header = try GGUFHeader(source, limits: limits)
    if let split = try SplitPlace(header, in: source.name), split.count > 1 {
      return try openShards(header, at: split, named: file, in: tree, limits: limits)
    }
    var model = Model(
      origin: origin(header, files: [header.file]), metadata: header.metadata,
      problems: header.problems)
    model.tensors = header.tensors(file: 0)
    return model
  }

  static func origin(_ header: GGUFHeader, files: [ModelOrigin.File]) -> ModelOrigin {
    ModelOrigin(
      format: name, kind: header.metadata.kind, version: "\(header.version)",
      byteOrder: header.byteOrder, files: files)
  }
}

extension FormatError {
  /// The same fault with the thing that it is about in front of the message.
  func about(_ thing: @autoclosure () -> String) -> FormatError {
    guard cause == nil else { return self }
    return FormatError(code, "\(thing()): \(message)", in: source, at: offset, hint: hint)
  }
}

extension ModelOrigin {
  /// Whether the files are GGUF, whatever is in them.
  package var isGGUF: Bool { format == GGUF.name }
}
