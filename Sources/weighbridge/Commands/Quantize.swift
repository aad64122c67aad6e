import ArgumentParser
import ByteIO
import Conversion
import Formats
import ModelIR

/// `quantize`: a model in smaller blocks, by a recipe.
struct Quantize: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract:
      "Quantize a model to GGUF by a recipe of llama.cpp, byte for byte as it defines them.",
    discussion: """
      MODEL may be a GGUF file or a Hugging Face folder; no intermediate file is needed. TYPE is a recipe \
      (Q4_K_M, Q8_0, IQ4_XS, …) or a plain type (F16, BF16, F32).

      EXAMPLES
        weighbridge quantize model-f16.gguf -o model-q4_k_m.gguf --type Q4_K_M
        weighbridge quantize ./checkpoint -o model-q8_0.gguf --type Q8_0
        weighbridge quantize f16.gguf -o out.gguf --type Q4_K_M --importance imatrix.gguf
        weighbridge quantize f16.gguf -o out.gguf --type Q4_K_M --tensor-type 'attn_v=Q8_0'
        weighbridge quantize model-f16.gguf -o out.gguf --type Q3_K_L --dry-run
      """)

  @Argument(help: "A model: a file, any shard, a folder, a bundle, or bundle#member.")
  var model: String

  @Option(name: .long, help: ArgumentHelp("The recipe or type.", valueName: "recipe"))
  var type: String

  @OptionGroup var rules: QuantizationOptions

  @Option(
    help: ArgumentHelp("Write parts whose tensors take at most this: 4GiB.", valueName: "size"))
  var splitSize: ByteSize?

  @OptionGroup var destination: OutputOptions

  @OptionGroup var common: CommonOptions

  func run() throws {
    var options = try rules.conversionOptions(type: type)
    options.followsConverter = false
    let opened = try ModelInput.open(model)
    ModelInput.report(opened.problems, common.verbosity)
    let plan = try Converter.plan(opened, options)
    try Production(
      plan: plan, output: destination.path(dryRun: rules.dryRun), force: destination.force,
      common: common, activity: "quantizing", splitSize: splitSize?.bytes
    ).run(dryRun: rules.dryRun, json: rules.json)
  }
}

/// How tensors are chosen and encoded: options of `quantize`.
struct QuantizationOptions: ParsableArguments {
  @Option(
    name: [.long, .customLong("imatrix")],
    help: ArgumentHelp(
      "Weigh errors by an importance matrix (GGUF or .dat of llama.cpp).", valueName: "file"))
  var importance: String?

  @Option(
    help: ArgumentHelp(
      "The encoding of tensors whose names match; the first match counts. Repeatable.",
      valueName: "regex=type"))
  var tensorType: [String] = []

  @Option(
    help: ArgumentHelp(
      "A file with one REGEX=TYPE on each line, # for comments.", valueName: "file"))
  var tensorTypeFile: String?

  @Option(
    name: [.long, .customLong("output-tensor-type")],
    help: ArgumentHelp("The encoding of output.weight.", valueName: "type"))
  var outputType: String?

  @Option(
    name: [.long, .customLong("token-embedding-type")],
    help: ArgumentHelp("The encoding of the token embeddings.", valueName: "type"))
  var embeddingType: String?

  @Flag(help: "Give every matrix the recipe's base encoding.")
  var pure = false

  @Flag(
    name: [.long, .customLong("leave-output-tensor")], help: "Leave output.weight as it is.")
  var leaveOutput = false

  @Option(help: ArgumentHelp("Leave these layers out.", valueName: "1,2,3"))
  var pruneLayers: String?

  @Option(
    name: [.long, .customLong("override-kv")],
    help: ArgumentHelp(
      "Set metadata; TYPE is int, float, bool or str. Repeatable.",
      valueName: "key=type:value"))
  var override: [String] = []

  @Flag(help: "Encode tensors again that are in blocks already; quality suffers.")
  var allowRequantize = false

  @Flag(help: "Make numbers beyond F16 its largest, instead of an error.")
  var clamp = false

  @Flag(help: "Print what would be done, with exact sizes; write nothing.")
  var dryRun = false

  @Flag(help: "Print one JSON document.")
  var json = false

  /// The library's options.
  func conversionOptions(type: String) throws -> ConversionOptions {
    guard let recipe = RecipeRegistry.named(type) else {
      throw UsageError(
        message: "there is no recipe '\(type)'",
        hint: "recipes: " + RecipeRegistry.all.map(\.name).joined(separator: ", "))
    }
    var options = ConversionOptions(recipe: recipe)
    try apply(to: &options)
    return options
  }

  private func apply(to options: inout ConversionOptions) throws {
    if let importance { options.importance = try ImportanceInput.open(importance) }
    options.tensorTypes = try tensorType.map { try TensorTypeRule($0) }
    if let tensorTypeFile {
      options.tensorTypes += try Self.lines(of: tensorTypeFile).map { try TensorTypeRule($0) }
    }
    options.outputType = try outputType.map { try TensorTypeRule.encoding($0) }
    options.embeddingType = try embeddingType.map { try TensorTypeRule.encoding($0) }
    options.isPure = pure
    options.leavesOutput = leaveOutput
    options.allowsRequantizing = allowRequantize
    options.clamps = clamp
    options.overrides = try override.map { try MetadataOverride($0) }
    for part in (pruneLayers ?? "").split(separator: ",") {
      guard let layer = Int(part), layer >= 0 else {
        throw UsageError(message: "--prune-layers takes layer numbers, not '\(part)'")
      }
      options.prunedLayers.insert(layer)
    }
  }

  private static func lines(of path: String) throws -> [String] {
    let source = try FileSource(path: path)
    guard source.byteCount <= 1 << 20 else {
      throw UsageError(message: "\(path): a file of rules has at most 1 MiB")
    }
    let text = String(
      decoding: try source.readBytes(at: 0, count: Int(source.byteCount)), as: UTF8.self)
    return text.split(whereSeparator: \.isNewline)
      .map { $0.prefix { $0 != "#" }.trimmingPrefix { $0.isWhitespace } }
      .map { String($0.reversed().drop { $0.isWhitespace }.reversed()) }
      .filter { !$0.isEmpty }
  }
}
