import ArgumentParser
import Weighbridge
import WeighbridgeByteIO
import WeighbridgeConversion
import WeighbridgeEncodings
import WeighbridgeJSON

/// What pre-GGUF files do not say: options of `convert`.
struct LegacyFlags: ParsableArguments {
  @Option(
    name: .customLong("rms-eps"),
    help: ArgumentHelp(
      "For pre-GGUF files: the norm's epsilon (LLaMA 1e-6, LLaMA 2 1e-5).", valueName: "x"))
  var rmsEpsilon: Float?

  @Option(
    help: ArgumentHelp(
      "For pre-GGUF files: the context that the model was trained for.", valueName: "tokens"))
  var contextLength: Int?

  @Option(
    help: ArgumentHelp(
      "For pre-GGUF files: the base of rotary positions (usually 10000).", valueName: "x"))
  var ropeBase: Float?

  @Option(
    help: ArgumentHelp(
      "For pre-GGUF files: take the tokenizer from a folder, tokenizer.json, tokenizer.model, or a "
        + "model that has it.", valueName: "path"), completion: .file())
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

  /// What was said, for the library.
  var hints: LegacyHints {
    var hints = LegacyHints()
    hints.rmsEpsilon = rmsEpsilon
    hints.contextLength = contextLength
    hints.ropeBase = ropeBase
    hints.vocabulary = vocab
    return hints
  }
}

extension LegacyReport {
  /// The largest errors for a document.
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
