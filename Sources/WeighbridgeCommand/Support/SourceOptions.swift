import ArgumentParser
import Weighbridge

/// What is said of the source that its files do not say: options of `convert` and `quantize`.
struct SourceOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A JSON file of general.* keys that override the model card.", valueName: "file"),
    completion: .file(extensions: ["json"]))
  var metadata: String?

  @Option(
    help: ArgumentHelp(
      "Set tokenizer.ggml.pre instead of detecting it.", valueName: "name"))
  var pre: String?

  @Option(
    help: ArgumentHelp(
      "The checkpoint that an adapter (PEFT) was trained on; its config.json is read.",
      valueName: "folder"), completion: .directory)
  var base: String?

  @Option(
    help: ArgumentHelp(
      "Add a low-rank adapter (PEFT) to the checkpoint first, scaled where a number follows.",
      valueName: "folder[:scale]"), completion: .directory)
  var mergeLora: [String] = []

  @Option(
    help: ArgumentHelp(
      "A YAML file that describes an unsupported architecture (Specs/name-maps.md).",
      valueName: "file"), completion: .file(extensions: ["yaml", "yml", "json"]))
  var map: String?

  @OptionGroup(title: "What the model is called (general.*)") var authorship: AuthorshipOptions

  @OptionGroup(title: "What pre-GGUF files do not say") var legacy: LegacyFlags

  @OptionGroup var acceptance: AcceptOptions

  /// Sets what was asked for.
  func apply(to request: inout ConversionRequest) {
    request.acceptedKeys = acceptance.keys
    request.familyName = acceptance.family
    request.general = authorship.fields
    request.metadata = metadata
    request.preTokenizer = pre
    request.base = base
    request.mergedAdapters = mergeLora
    request.map = map
    request.legacy = legacy.hints
  }
}
