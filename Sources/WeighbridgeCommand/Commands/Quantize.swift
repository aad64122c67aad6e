import ArgumentParser
import Weighbridge

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

  @Option(
    name: .long,
    help: ArgumentHelp("The recipe or type; a --budget can do without.", valueName: "recipe"))
  var type: String?

  @OptionGroup(title: "Which tensor gets which encoding") var rules: EncodingOptions

  @OptionGroup(title: "Blocks that change least what the model computes") var calibration:
    CalibrationArguments

  @OptionGroup(title: "The files to write") var layout: LayoutOptions

  @OptionGroup(title: "What the source does not say") var source: SourceOptions

  @OptionGroup var destination: OutputOptions

  @OptionGroup var common: CommonOptions

  func validate() throws {
    if type == nil, calibration.budget == nil {
      throw ValidationError("Missing expected argument '--type <recipe>'")
    }
    if !calibration.calibrate.isEmpty, layout.resume {
      throw ValidationError("--resume cannot go on with what --calibrate has computed")
    }
    if calibration.recipeOutput != nil, layout.dryRun {
      throw ValidationError("--dry-run writes nothing; with --json it prints the recipe, too")
    }
  }

  func run() throws {
    var request = ConversionRequest(type: type, style: .quantizer)
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
