import ArgumentParser
import Weighbridge
import WeighbridgeConversion
import WeighbridgeEncodings
import WeighbridgeJSON
import WeighbridgeReports

/// `convert`: a checkpoint as GGUF.
struct Convert: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract:
      "Convert a checkpoint to GGUF, with the tensors and metadata of llama.cpp's converter.",
    discussion: """
      TYPE auto writes BF16 checkpoints as BF16 and all others as F16 (F32 too), and keeps every encoding \
      of other models. Any recipe of `quantize` works in the same pass, \
      with all of its options: the result is that of converting, then quantizing.

      Files older than GGUF (GGML, GGMF, GGJT) keep their codes: Q5 exactly, Q4 and Q8 except for the \
      rounding of scales, which is reported. What their headers lack is derived from shapes or assumed, and \
      a warning tells which; --rms-eps, --context-length, --rope-base and --vocab set it.

      A setting of config.json that GGUF cannot hold (an activation, a scale, …) is an error, because \
      readers of the file would compute another model; --accept KEY converts without it. `logits`, \
      `perplexity` and `compare` run a checkpoint as its configuration says.

      EXAMPLES
        weighbridge convert ./checkpoint -o model-f16.gguf --type F16
        weighbridge convert ./checkpoint -o model-q4_k_m.gguf --type Q4_K_M
        weighbridge convert ./checkpoint -o m.gguf --name 'My model' --license mit
        weighbridge convert ./checkpoint -o mmproj.gguf --mmproj
        weighbridge convert ./checkpoint -o m.gguf --type Q4_K_M \\
          --with-mmproj mmproj.gguf
        weighbridge convert --architectures
        weighbridge convert ./derived -o model.gguf --as LlamaForCausalLM
        weighbridge convert ./new-kind -o model.gguf --map names.yaml
        weighbridge convert hf://owner/name@main -o parts.gguf --split-size 4GiB
        weighbridge convert old-v1.gguf -o today.gguf
        weighbridge convert model.gguf -o checkpoint/
        weighbridge convert q4_0.gguf -o checkpoint/ --to compressed-tensors
        weighbridge convert model-f16.gguf -o mlx/ --to mlx --type Q4_1
        weighbridge convert ./adapter --base ./checkpoint -o adapter.gguf
        weighbridge convert ./checkpoint --merge-lora ./adapter:0.8 -o merged.gguf
        weighbridge convert model.gguf -o model.safetensors --type BF16
        weighbridge convert llama-2-7b.ggmlv3.q4_0.bin -o model.gguf --rms-eps 1e-5
        weighbridge convert dolly.ggml.bin -o dolly.gguf --vocab ./dolly-v2-3b
        weighbridge convert ./checkpoint -o out.gguf --type Q4_K_M --report cost.html
      """)

  @Argument(
    help: "A model: a file, any shard, a folder, a bundle, or bundle#member.",
    completion: .file())
  var model: String?

  /// As other programs take them: the output, the type.
  @Argument(help: .hidden, completion: .file())
  var rest: [String] = []

  @Flag(help: "List the classes of checkpoints that are known, and exit.")
  var architectures = false

  @Option(
    name: [.long, .customLong("outtype")],
    help: ArgumentHelp(
      "auto, F32, F16, BF16, Q8_0, a recipe, or a YAML file with one (default: auto).",
      valueName: "type"), completion: .list(Completions.types))
  var type: String?

  @Flag(help: "Write the tokenizer and the metadata, no tensors.")
  var vocabOnly = false

  @Flag(
    help: ArgumentHelp(
      "Convert what sees or hears for the text model (a multimodal projector) instead of it."))
  var mmproj = false

  @Option(
    help: ArgumentHelp(
      "Write what sees or hears for the text model to another file in the same run.",
      discussion: """
        Both files appear, or neither. F32, F16, BF16 and Q8_0 are for both; with any other type the \
        projector keeps its own precision.
        """, valueName: "file"), completion: .file())
  var withMmproj: String?

  @Option(
    help: ArgumentHelp(
      "Write a quantized checkpoint: compressed-tensors or mlx. -o names a folder.",
      discussion: """
        The codes of Q4_0, Q4_1, Q5_0, Q5_1 and Q8_0 are kept as they are; other types are encoded as Q8_0 \
        first, and said. --type chooses what the codes are of a model that has none.
        """, valueName: "scheme"))
  var to: CodePacking?

  @Flag(
    help: ArgumentHelp(
      "Keep what GGUF has no exact place for in its metadata, for round-tripping.",
      discussion: """
        Its own config.json and tokenizer, BERT's pooler, Mamba's A_log: -o FOLDER/ then gives the \
        checkpoint again, bit for bit. Other programs do not look at it.
        """))
  var reversible = false

  @OptionGroup(title: "Which tensor gets which encoding") var rules: EncodingOptions

  @OptionGroup(title: "The files to write") var layout: LayoutOptions

  @OptionGroup(title: "What the source does not say") var source: SourceOptions

  @OptionGroup var destination: OutputOptions

  @OptionGroup var common: CommonOptions

  func validate() throws {
    guard !architectures else { return }
    guard model != nil else {
      throw ValidationError("Missing expected argument '<model>'")
    }
    guard mmproj || withMmproj != nil else { return }
    if mmproj, withMmproj != nil {
      throw ValidationError("give --mmproj for the projector alone, or --with-mmproj for both")
    }
    if vocabOnly {
      throw ValidationError("--vocab-only has no meaning for a projector, which has no tokenizer")
    }
  }

  func run() throws {
    guard !architectures, let model else {
      let list = ArchitectureList()
      if layout.json {
        Console.print(json: list.json)
      } else {
        Console.print(list.table(Terminal.output))
      }
      return
    }
    let places = try Positionals(
      rest, command: "convert", model: model, output: destination.output, type: type,
      takesType: true)
    var destination = destination
    destination.output = places.output
    let output = try destination.path(dryRun: layout.dryRun)
    let type = places.type.flatMap { $0.lowercased() == "auto" ? nil : $0 }
    let opened = try OpenedModel(Location(model))
    if let place = CheckpointWriter.Destination(output) {
      return try writeCheckpoint(opened, place, type)
    }
    if to != nil {
      throw UsageError(
        message: "--to writes a checkpoint, and \(destination.output ?? "the output") is no folder",
        hint: "name a folder: -o \(destination.output ?? "checkpoint")/")
    }
    try PlannedOutput(common: common, layout: layout).run(opened, request(type), to: output)
  }

  private func request(_ type: String?) throws -> ConversionRequest {
    var request = ConversionRequest(type: type)
    try rules.apply(to: &request)
    layout.apply(to: &request, measures: false)
    source.apply(to: &request)
    request.isVocabularyOnly = vocabOnly
    request.part = mmproj ? .projector : .text
    request.projectorOutput = withMmproj
    request.isReversible = reversible
    request.replaces = destination.force
    return request
  }

  /// The way back: a folder for transformers, or one file of safetensors.
  private func writeCheckpoint(
    _ opened: OpenedModel, _ place: CheckpointWriter.Destination, _ type: String?
  ) throws {
    if mmproj || withMmproj != nil {
      throw UsageError(
        message: "a projector is written as GGUF, and \(destination.output ?? "the output") is not",
        hint: "name a file that ends in .gguf")
    }
    if layout.part != nil {
      throw UsageError(
        message: "--part writes GGUF, and \(destination.output ?? "the output") is a checkpoint",
        hint: "one process writes it")
    }
    if to != nil, case .file = place {
      throw UsageError(
        message: "--to writes a checkpoint with its config.json, and "
          + "\(destination.output ?? "the output") is one file",
        hint: "name a folder, with / at its end")
    }
    let meant = type.flatMap { Encoding.meant(by: $0) }
    let encoding = meant.flatMap { [.f32, .f16, .bf16].contains($0) ? $0 : nil }
    if to == nil, let type, encoding == nil {
      throw UsageError(
        message: "a checkpoint holds F32, F16 or BF16, not \(type)",
        hint: "--to compressed-tensors keeps codes; for a GGUF, name a file that ends in .gguf")
    }
    Console.report(opened.diagnostics, common.verbosity)
    let export = try opened.export(
      request(type), encoding: to == nil ? encoding : nil, packing: to)
    let writer = CheckpointWriter(
      export: export, destination: place, force: destination.force, resources: common.resources,
      splitSize: layout.splitSize?.bytes)
    try CheckpointOutput(writer: writer, common: common).run(
      dryRun: layout.dryRun, json: layout.json)
  }
}

extension CodePacking: ExpressibleByArgument {}
