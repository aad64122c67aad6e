import ArgumentParser
import Weighbridge

/// How tensors are chosen and encoded: options of `convert` and `quantize`.
struct EncodingOptions: ParsableArguments {
  @Option(
    name: [.long, .customLong("imatrix")],
    help: ArgumentHelp(
      "Weigh errors by an importance matrix (GGUF or .dat of llama.cpp).", valueName: "file"),
    completion: .file())
  var importance: String?

  @Option(
    help: ArgumentHelp(
      "The encoding of tensors whose names match; the first match counts. Repeatable.",
      valueName: "regex=type"))
  var tensorType: [String] = []

  @Option(
    help: ArgumentHelp(
      "A file of REGEX=TYPE, apart by spaces or lines; # for comments.", valueName: "file"),
    completion: .file())
  var tensorTypeFile: String?

  @Option(
    name: [.long, .customLong("output-tensor-type")],
    help: ArgumentHelp("The encoding of output.weight.", valueName: "type"),
    completion: .list(Completions.encodings))
  var outputType: String?

  @Option(
    name: [.long, .customLong("token-embedding-type")],
    help: ArgumentHelp("The encoding of the token embeddings.", valueName: "type"),
    completion: .list(Completions.encodings))
  var embeddingType: String?

  @Option(
    help: ArgumentHelp(
      "Weigh only tensors whose names hold this by the importance matrix. Repeatable.",
      valueName: "text"))
  var includeWeights: [String] = []

  @Option(
    help: ArgumentHelp(
      "Do not weigh tensors whose names hold this. Repeatable.", valueName: "text"))
  var excludeWeights: [String] = []

  @Flag(help: "Weigh columns alike where the importance matrix has only zeros for a matrix.")
  var neutralImportance = false

  @Flag(help: "Fail where rows do not hold whole blocks, instead of taking another encoding.")
  var noFallback = false

  @Flag(help: "Give every matrix the recipe's base encoding.")
  var pure = false

  @Flag(
    name: [.long, .customLong("leave-output-tensor")], help: "Leave output.weight as it is.")
  var leaveOutput = false

  @Option(help: ArgumentHelp("Omit these layers.", valueName: "1,2,3"))
  var pruneLayers: String?

  @Option(
    name: [.long, .customLong("override-kv")],
    help: ArgumentHelp(
      "Set metadata; TYPE is int, float, bool or str. Repeatable.",
      valueName: "key=type:value"))
  var override: [String] = []

  @Flag(help: "Requantize tensors that are already quantized (loses quality).")
  var allowRequantize = false

  @Flag(help: "Clamp values outside F16's range and replace NaN with 0 instead of failing.")
  var clamp = false

  @Flag(
    name: [.customLong("fix-encoder-bugs"), .customLong("amend-encoders")],
    help: ArgumentHelp(
      "Write correct blocks where llama.cpp's encoder is known to be wrong.",
      discussion:
        "IQ3_S: it writes the codes that follow 32 zeros one place early (Specs/errata.md, E-1)."))
  var amendEncoders = false

  /// Sets what was asked for.
  func apply(to request: inout ConversionRequest) throws {
    request.importance = importance
    request.includedWeights = includeWeights
    request.excludedWeights = excludeWeights
    request.neutralizesZeros = neutralImportance
    request.refusesFallback = noFallback
    request.tensorTypes = tensorType
    request.tensorTypeFile = tensorTypeFile
    request.outputType = outputType
    request.embeddingType = embeddingType
    request.isPure = pure
    request.leavesOutput = leaveOutput
    request.overrides = override
    request.allowsRequantizing = allowRequantize
    request.clamps = clamp
    request.amendsEncoders = amendEncoders
    for part in (pruneLayers ?? "").split(separator: ",") {
      guard let layer = Int(part), layer >= 0 else {
        throw UsageError(message: "--prune-layers takes layer numbers, not '\(part)'")
      }
      request.prunedLayers.insert(layer)
    }
  }
}
