import ArgumentParser
import Weighbridge
import WeighbridgeByteIO
import WeighbridgeConversion
import WeighbridgeEncodings
import WeighbridgeFormats
import WeighbridgeJSON
import WeighbridgeModelIR
import WeighbridgeReports

/// What a file of before GGUF does not say: options of `convert`.
struct LegacyFlags: ParsableArguments {
  @Option(
    name: .customLong("rms-eps"),
    help: ArgumentHelp(
      "For files of before GGUF: the norm's epsilon (LLaMA 1e-6, LLaMA 2 1e-5).", valueName: "x"))
  var rmsEpsilon: Float?

  @Option(
    help: ArgumentHelp(
      "For files of before GGUF: the context that the model was trained for.", valueName: "tokens"))
  var contextLength: Int?

  @Option(
    help: ArgumentHelp(
      "For files of before GGUF: the base of rotary positions (usually 10000).", valueName: "x"))
  var ropeBase: Float?

  @Option(
    help: ArgumentHelp(
      "For files of before GGUF: take the tokenizer from a folder, tokenizer.json, tokenizer.model, or a "
        + "model that has it.", valueName: "path"))
  var vocab: String?

  func validate() throws {
    if let rmsEpsilon, !(rmsEpsilon > 0 && rmsEpsilon < 1) {
      throw ValidationError("--rms-eps takes a number between 0 and 1, not \(rmsEpsilon)")
    }
    if let contextLength, !(1...1 << 31).contains(contextLength) {
      throw ValidationError("--context-length takes a number from 1, not \(contextLength)")
    }
    if let ropeBase, !(ropeBase > 0 && ropeBase.isFinite) {
      throw ValidationError("--rope-base takes a number above 0, not \(ropeBase)")
    }
  }

  /// The options for a model that was opened; wrong usage where it is no such file.
  func options(
    for model: Model, preTokenizer: String?, report: LegacyReport
  ) throws -> LegacyOptions {
    var options = LegacyOptions()
    guard LegacyConversion.applies(to: model) else {
      let given = [
        ("--rms-eps", rmsEpsilon != nil), ("--context-length", contextLength != nil),
        ("--rope-base", ropeBase != nil), ("--vocab", vocab != nil),
      ]
      if let flag = given.first(where: \.1)?.0 {
        throw UsageError(
          message: "\(flag) is for files of before GGUF; this model says so itself",
          hint: "quantize --override KEY=TYPE:VALUE changes what a model says")
      }
      return options
    }
    options.rmsEpsilon = rmsEpsilon
    options.contextLength = contextLength
    options.ropeBase = ropeBase
    options.report = report
    if let vocab {
      let found = try Self.vocabulary(vocab, for: model, preTokenizer)
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

extension LegacyReport {
  /// What rounding the scales of old blocks to half precision cost, a line for each encoding.
  var lines: [String] {
    largestErrors.filter { $0.error != ScaleError() }.map { entry in
      "\(entry.encoding): codes kept, scales rounded to half precision with a relative error of at most "
        + NumberFormat.significant(Double(entry.error.relative), 3)
    }
  }

  /// The same for a document.
  var json: JSONValue {
    .array(
      largestErrors.map { entry in
        [
          "encoding": JSONValue(entry.encoding.name),
          "relative": .double(Double(entry.error.relative)),
          "absolute": .double(Double(entry.error.absolute)),
        ]
      })
  }
}
