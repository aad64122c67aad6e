internal import WeighbridgeByteIO
package import WeighbridgeConversion
package import WeighbridgeModelIR

/// What a file older than GGUF (GGML, GGMF, GGJT) does not say of its model.
public struct LegacyHints: Hashable, Sendable {
  /// The epsilon of the root-mean-square norm.
  public var rmsEpsilon: Float?
  /// The context that the model was trained for.
  public var contextLength: Int?
  /// The base of rotary positions.
  public var ropeBase: Float?
  /// Where the tokenizer is: a folder, `tokenizer.json`, `tokenizer.model`, or a model that has it.
  public var vocabulary: String?

  /// Nothing known.
  public init() {}

  /// The options for a model that was opened; a request error where it says all of that itself.
  package func options(
    for model: Model, preTokenizer: String?, report: LegacyReport
  ) throws -> LegacyOptions {
    var options = LegacyOptions()
    guard model.kind == .legacy else {
      let given = [
        ("--rms-eps", rmsEpsilon != nil), ("--context-length", contextLength != nil),
        ("--rope-base", ropeBase != nil), ("--vocab", vocabulary != nil),
      ]
      if let flag = given.first(where: \.1)?.0 {
        throw RequestError(
          message: "\(flag) is for pre-GGUF files; this model says it itself",
          hint: "quantize --override KEY=TYPE:VALUE changes what a model says")
      }
      return options
    }
    options.rmsEpsilon = rmsEpsilon
    options.contextLength = contextLength
    options.ropeBase = ropeBase
    options.report = report
    if let vocabulary {
      let found = try Self.vocabulary(vocabulary, for: model, preTokenizer)
      options.vocabulary = found.metadata
      options.vocabularyNotes = found.notes
    }
    return options
  }

  /// Bytes that a tokenizer's file has at most.
  private static let largestTokenizer: UInt64 = 1 << 28

  /// A tokenizer from wherever it is: recognised by content.
  private static func vocabulary(
    _ path: String, for model: Model, _ preTokenizer: String?
  ) throws -> (metadata: Metadata, notes: [String]) {
    if DirectoryTree.isDirectory(path) {
      return try LegacyTokenizer.metadata(
        in: try DirectoryTree(path: path), for: model, preTokenizer: preTokenizer)
    }
    let source = try FileSource(path: path)
    let prefix = try source.readPrefix(64)
    let name: String? =
      switch prefix.first(where: { $0 > 0x20 }) {
      case UInt8(ascii: "{"): "tokenizer.json"
      // The first field of a SentencePiece model: a piece.
      case _ where prefix.first == 0x0A: "tokenizer.model"
      default: nil
      }
    guard let name, source.byteCount <= largestTokenizer else {
      return (try LegacyTokenizer.metadata(of: try ModelInput.open(path)), [])
    }
    let bytes = try source.readBytes(at: 0, count: Int(clamping: source.byteCount))
    return try LegacyTokenizer.metadata(
      in: MemoryTree([name: bytes], name: path), for: model, preTokenizer: preTokenizer)
  }
}
