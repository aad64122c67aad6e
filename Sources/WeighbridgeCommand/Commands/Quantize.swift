import ArgumentParser
import Weighbridge
import WeighbridgeByteIO
import WeighbridgeConversion
import WeighbridgeFormats
import WeighbridgeModelIR

/// `quantize`: a model in smaller blocks, by a recipe.
struct Quantize: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract:
      "Quantize a model to GGUF by a recipe of llama.cpp, byte for byte as it defines them.",
    discussion: """
      MODEL may be a GGUF file or a Hugging Face folder; no intermediate file is needed. TYPE is a recipe \
      (Q4_K_M, Q8_0, IQ4_XS, …), a plain type (F16, BF16, F32), or a recipe of your own as a YAML file:

        recipe: Q4_K_M            # or base: Q4_K, one encoding for all
        output: Q8_0
        embedding: Q6_K
        fallback: Q8_0            # where rows do not hold whole blocks
        rules:                    # the first that matches counts
          - {role: value, layers: first 1/8, type: Q8_0}
          - {match: 'ffn_down_exps', layers: '0-3, -1', type: Q6_K}

      Roles are embedding, output, query, key, value, attention-output, attention, up, gate, down, \
      feed-forward and other; Specs/recipes.md has the rest.

      EXAMPLES
        weighbridge quantize model-f16.gguf -o model-q4_k_m.gguf --type Q4_K_M
        weighbridge quantize ./checkpoint -o model-q8_0.gguf --type Q8_0
        weighbridge quantize f16.gguf -o out.gguf --type Q4_K_M --importance imatrix.gguf
        weighbridge quantize f16.gguf -o out.gguf --type Q4_K_M --tensor-type 'attn_v=Q8_0'
        weighbridge quantize model-f16.gguf -o out.gguf --type Q3_K_L --dry-run
        weighbridge quantize f16.gguf -o out.gguf --type Q4_K_M --report cost.html
        weighbridge quantize f16.gguf -o out.gguf --type Q4_K_M --resume
        weighbridge quantize f16.gguf -o out.gguf --type ./my-recipe.yaml
      """)

  @Argument(help: "A model: a file, any shard, a folder, a bundle, or bundle#member.")
  var model: String

  @Option(name: .long, help: ArgumentHelp("The recipe or type.", valueName: "recipe"))
  var type: String

  @OptionGroup var rules: QuantizationOptions

  @Option(
    help: ArgumentHelp("Write parts whose tensors take at most this: 4GiB.", valueName: "size"))
  var splitSize: ByteSize?

  @Option(
    help: ArgumentHelp(
      "Write what it cost, tensor by tensor: FILE.json, FILE.html or FILE.md.",
      valueName: "file"))
  var report: String?

  @Flag(help: "Measure the cost on every row instead of a sample; takes longer.")
  var everyRow = false

  @Flag(
    help: "Go on where a killed run stopped, and keep what is finished if this one is interrupted.")
  var resume = false

  @Flag(help: "Write the parts that the source, a split GGUF, has: PREFIX-00001-of-0000N.gguf.")
  var keepSplit = false

  @OptionGroup var destination: OutputOptions

  @OptionGroup var common: CommonOptions

  func validate() throws {
    if report != nil, rules.dryRun {
      throw ValidationError("--report measures what is written, and --dry-run writes nothing")
    }
    if keepSplit, splitSize != nil {
      throw ValidationError("give either --keep-split or --split-size")
    }
  }

  func run() throws {
    var options = try rules.conversionOptions(type: type)
    options.keepsSplit = keepSplit
    options.followsConverter = false
    let opened = try ModelInput.open(model)
    Console.report(opened.problems, common.verbosity)
    let plan = try Converter.plan(opened, options)
    var production = OutputWriter(
      plan: plan, source: opened, options: options,
      inputs: [model] + rules.files
        + (RecipeArgument.isFile(type) ? [type] : []),
      output: try destination.path(dryRun: rules.dryRun), force: destination.force,
      resources: common.resources,
      activity: "quantizing")
    if let splitSize { production.split = .size(splitSize.bytes) }
    if keepSplit { production.split = .mirrored }
    production.resumes = resume
    production.report = report
    if report != nil || rules.json || common.verbosity > .quiet {
      production.measuring = everyRow ? .complete : .sampled
    }
    try PlannedOutput(writer: production, common: common).run(
      dryRun: rules.dryRun, json: rules.json)
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

  @Flag(
    help: ArgumentHelp(
      "Where llama.cpp's encoder is wrong, write right blocks and not its bytes.",
      discussion: "Known of IQ3_S: codes behind 32 zeros in a row move (Specs/errata.md, E-1)."))
  var amendEncoders = false

  @Flag(help: "Print what would be done, with exact sizes; write nothing.")
  var dryRun = false

  @Flag(help: "Print one JSON document.")
  var json = false

  /// The files that are read besides the model.
  var files: [String] { [importance, tensorTypeFile].compactMap { $0 } }

  /// The library's options.
  func conversionOptions(type: String) throws -> ConversionOptions {
    var options = ConversionOptions()
    try RecipeArgument.apply(type, to: &options)
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
    options.amendsEncoders = amendEncoders
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
