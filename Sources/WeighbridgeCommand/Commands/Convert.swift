import ArgumentParser
import Weighbridge
import WeighbridgeArchitectures
package import WeighbridgeByteIO
import WeighbridgeConversion
import WeighbridgeEncodings
import WeighbridgeJSON
import WeighbridgeModelIR
import WeighbridgeYAML

/// `convert`: a checkpoint as GGUF.
struct Convert: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract:
      "Convert a checkpoint to GGUF, with the tensors and metadata of llama.cpp's converter.",
    discussion: """
      TYPE auto keeps the precision of a checkpoint (BF16 stays BF16, all else becomes F16) and every \
      encoding of other models. Any recipe of `quantize` works in the same pass.

      Files of before GGUF (GGML, GGMF, GGJT) keep their codes: Q5 exactly, Q4 and Q8 but for the \
      rounding of scales, which is reported. What their headers lack is derived from shapes or assumed, \
      and said; the options --rms-eps, --context-length, --rope-base and --vocab set it.

      EXAMPLES
        weighbridge convert ./checkpoint -o model-f16.gguf --type F16
        weighbridge convert ./checkpoint -o model-q4_k_m.gguf --type Q4_K_M
        weighbridge convert ./checkpoint -o model.gguf --name 'My model' --license mit --dry-run
        weighbridge convert ./new-kind -o model.gguf --map names.yaml
        weighbridge convert hf://owner/name@main -o parts.gguf --split-size 4GiB
        weighbridge convert old-v1.gguf -o today.gguf
        weighbridge convert model.gguf -o checkpoint/
        weighbridge convert ./adapter --base ./checkpoint -o adapter.gguf
        weighbridge convert ./checkpoint --merge-lora ./adapter:0.8 -o merged.gguf
        weighbridge convert model.gguf -o model.safetensors --type BF16
        weighbridge convert llama-2-7b.ggmlv3.q4_0.bin -o model.gguf --rms-eps 1e-5 --context-length 4096
        weighbridge convert dolly.ggml.bin -o dolly.gguf --vocab ./dolly-v2-3b
      """)

  @Argument(help: "A model: a file, any shard, a folder, a bundle, or bundle#member.")
  var model: String

  @Option(
    name: [.long, .customLong("outtype")],
    help: ArgumentHelp(
      "auto, F32, F16, BF16, Q8_0, a recipe, or a YAML file with one.", valueName: "type"))
  var type = "auto"

  @Option(
    name: [.long, .customLong("imatrix")],
    help: ArgumentHelp("Weigh errors by an importance matrix.", valueName: "file"))
  var importance: String?

  @Flag(help: "Write the tokenizer and the metadata, no tensors.")
  var vocabOnly = false

  @Option(
    help: ArgumentHelp(
      "A JSON object of general.* keys that replace those of the model card.", valueName: "file"))
  var metadata: String?

  @Option(
    help: ArgumentHelp(
      "tokenizer.ggml.pre, instead of what the tokenizer shows.", valueName: "name"))
  var pre: String?

  @Option(
    help: ArgumentHelp(
      "The checkpoint that an adapter (PEFT) was trained on; its config.json is read.",
      valueName: "folder"))
  var base: String?

  @Option(
    help: ArgumentHelp(
      "Add a low-rank adapter (PEFT) to the checkpoint first, scaled where a number follows.",
      valueName: "folder[:scale]"))
  var mergeLora: [String] = []

  @Option(
    help: ArgumentHelp(
      "Names and keys of an architecture that is not known here (YAML; Specs/name-maps.md).",
      valueName: "file"))
  var map: String?

  @Flag(
    help: ArgumentHelp(
      "Keep what GGUF has no exact place for in its metadata, for the way back.",
      discussion: """
        Its own config.json and tokenizer, BERT's pooler, Mamba's A_log: -o FOLDER/ then gives the \
        checkpoint again, bit for bit. Other programs do not look at it.
        """))
  var reversible = false

  @Flag(help: "Make numbers beyond F16 its largest and NaN 0, instead of an error.")
  var clamp = false

  @Flag(help: "Where llama.cpp's encoder is wrong, write right blocks (as of quantize).")
  var amendEncoders = false

  @Option(
    name: [.long, .customLong("split-max-size")],
    help: ArgumentHelp("Write parts whose tensors take at most this: 4GiB.", valueName: "size"))
  var splitSize: ByteSize?

  @Option(
    name: [.long, .customLong("split-max-tensors")],
    help: ArgumentHelp("Write parts of at most so many tensors.", valueName: "count"))
  var splitTensors: Int?

  @Option(help: "little, or big for machines like IBM Z.")
  var byteOrder: ByteOrder = .little

  @Option(
    help: ArgumentHelp("Align tensors to this many bytes, a power of two.", valueName: "bytes"))
  var alignment: UInt32?

  @Flag(help: "Print what would be done, with exact sizes; write nothing.")
  var dryRun = false

  @Flag(help: "Print one JSON document.")
  var json = false

  @Flag(
    help: "Go on where a killed run stopped, and keep what is finished if this one is interrupted.")
  var resume = false

  @OptionGroup(title: "What the model is called (general.*)") var authorship: AuthorshipOptions

  @OptionGroup(title: "What a file of before GGUF does not say") var legacy: LegacyFlags

  @OptionGroup var destination: OutputOptions

  @OptionGroup var common: CommonOptions

  func run() throws {
    let output = try destination.path(dryRun: dryRun)
    if let place = CheckpointWriter.Destination(output) { return try writeCheckpoint(place) }
    var options = try conversionOptions()
    let opened = try AdapterInput.merge(mergeLora, into: ModelInput.open(model))
    let scales = LegacyReport()
    options.canonical.legacy = try legacy.options(for: opened, preTokenizer: pre, report: scales)
    options.canonical.legacy.isEncodedAnew = options.recipe != nil
    let plan =
      LoRAAdapter.isAdapter(opened)
      ? try Converter.plan(adapter: opened, base: AdapterInput.base(base, of: opened), options)
      : try Converter.plan(opened, options)
    // Most of what the reader noticed is among the plan's notes.
    Console.report(opened.problems.filter { !plan.notes.contains($0) }, common.verbosity)
    var production = OutputWriter(
      plan: plan, source: opened, options: options,
      inputs: [model] + [importance, metadata, map].compactMap { $0 }
        + (RecipeArgument.isFile(type) ? [type] : []), output: output,
      force: destination.force, resources: common.resources, activity: "converting")
    production.byteOrder = byteOrder
    if splitSize != nil || splitTensors != nil {
      production.split = .converter(bytes: splitSize?.bytes, tensors: splitTensors)
    }
    production.resumes = resume
    production.scales = scales
    try PlannedOutput(writer: production, common: common).run(dryRun: dryRun, json: json)
  }

  private func conversionOptions() throws -> ConversionOptions {
    var options = ConversionOptions()
    if type.lowercased() != "auto" {
      try RecipeArgument.apply(type, to: &options)
    }
    if let importance { options.importance = try ImportanceInput.open(importance) }
    options.clamps = clamp
    options.amendsEncoders = amendEncoders
    options.canonical.authorship = authorship.fields
    options.canonical.name = authorship.name
    options.canonical.preTokenizer = pre
    options.canonical.isVocabularyOnly = vocabOnly
    options.canonical.isReversible = reversible
    if let metadata {
      options.canonical.metadata = try JSONValue.read(try FileSource(path: metadata))
    }
    if let map {
      let text = try TextFile.read(map)
      options.canonical.map = try NameMap(YAMLDocument.parse(text, in: map), in: map)
    }
    if let alignment {
      options.overrides.append(
        MetadataOverride(key: "general.alignment", value: .uint32(alignment)))
    }
    return options
  }
}

extension Convert {
  /// The way back: a folder for transformers, or one file of safetensors.
  private func writeCheckpoint(_ place: CheckpointWriter.Destination) throws {
    let keepsPrecision = type.lowercased() == "auto"
    let encoding = keepsPrecision ? nil : Encoding.named(type)
    guard keepsPrecision || encoding.map({ [.f32, .f16, .bf16].contains($0) }) ?? false else {
      throw UsageError(
        message: "a checkpoint holds F32, F16 or BF16, not \(type)",
        hint: "leave --type away to keep the precision")
    }
    let opened = try AdapterInput.merge(mergeLora, into: ModelInput.open(model))
    Console.report(opened.problems, common.verbosity)
    var canonical = try conversionOptions().canonical
    canonical.legacy = try legacy.options(
      for: opened, preTokenizer: pre, report: LegacyReport())
    let source = try CanonicalModel.make(opened, canonical)
    let export = try CheckpointExport(source, encoding: encoding)
    let writer = CheckpointWriter(
      export: export, destination: place, force: destination.force, resources: common.resources,
      splitSize: splitSize?.bytes)
    try CheckpointOutput(writer: writer, common: common).run(dryRun: dryRun, json: json)
  }
}

extension ByteOrder: ExpressibleByArgument {}
