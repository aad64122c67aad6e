import ArgumentParser
import Weighbridge
import WeighbridgeReports

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
        weighbridge quantize f16.gguf -o out.gguf --type Q4_K_M --importance im.gguf
        weighbridge quantize m.gguf -o q.gguf --type Q4_0 --tensor-type attn_v=Q8_0
        weighbridge quantize model-f16.gguf -o out.gguf --type Q3_K_L --dry-run
        weighbridge quantize f16.gguf -o out.gguf --type Q4_K_M --report cost.html
        weighbridge quantize f16.gguf -o out.gguf --type Q4_K_M --resume
        weighbridge quantize f16.gguf -o out.gguf --type ./my-recipe.yaml
        weighbridge quantize --types

      The order of llama-quantize works, too: weighbridge quantize f16.gguf q4.gguf Q4_K_M 8
      """)

  @Argument(
    help: "A model: a file, any shard, a folder, a bundle, or bundle#member.",
    completion: .file())
  var model: String?

  /// As llama-quantize takes them: the output, the type, the number of threads.
  @Argument(help: .hidden, completion: .file())
  var rest: [String] = []

  @Option(
    name: .long,
    help: ArgumentHelp(
      "The recipe or type, or a YAML file with a recipe (- for standard input); a --budget can do "
        + "without.", valueName: "recipe"), completion: .list(Completions.types))
  var type: String?

  @Flag(help: "List all recipes: bits per weight, what they need, and what they cost.")
  var types = false

  @OptionGroup(title: "Which tensor gets which encoding") var rules: EncodingOptions

  @OptionGroup(title: "Blocks that change least what the model computes") var calibration:
    CalibrationArguments

  @OptionGroup(title: "The files to write") var layout: LayoutOptions

  @OptionGroup(title: "What the source does not say") var source: SourceOptions

  @OptionGroup var destination: OutputOptions

  @OptionGroup var common: CommonOptions

  func validate() throws {
    guard !types else { return }
    guard model != nil else { throw ValidationError("Missing expected argument '<model>'") }
    if calibration.recipeOutput != nil, layout.dryRun {
      throw ValidationError("--dry-run writes nothing; with --json it prints the recipe, too")
    }
  }

  func run() throws {
    if types {
      let table = RecipeTable()
      return layout.json ? Console.print(json: table.json) : Console.print(table.text(.output))
    }
    let model = model ?? ""
    let places = try Positionals(
      rest, command: "quantize", model: model, output: destination.output, type: type,
      takesType: true)
    guard places.type != nil || calibration.budget != nil else {
      let output = places.output ?? "out.gguf"
      throw UsageError(
        message: "the type is missing",
        hint: "weighbridge quantize \(model) -o \(output) --type Q4_K_M; "
          + "'weighbridge quantize --types' lists all")
    }
    var common = common
    common.threads = common.threads ?? places.threads
    var destination = destination
    destination.output = places.output
    var request = ConversionRequest(type: places.type, style: .quantizer)
    try rules.apply(to: &request)
    calibration.apply(to: &request)
    layout.apply(to: &request, measures: layout.json || common.verbosity > .quiet)
    source.apply(to: &request)
    request.replaces = destination.force
    request.isPlanOnly = layout.dryRun
    try PlannedOutput(common: common, layout: layout).run(
      OpenedModel(Location(model)), request, to: destination.path(dryRun: layout.dryRun))
  }
}
