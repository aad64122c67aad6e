internal import WeighbridgeArchitectures
package import WeighbridgeByteIO
internal import WeighbridgeCheckpoints
internal import WeighbridgeJSON
package import WeighbridgeModelIR
internal import WeighbridgeTokenizers

/// A tokenizer from elsewhere, for files that have none or an incomplete one.
package enum LegacyTokenizer {
  /// The tokenizer of a folder (`tokenizer.json`, `tokenizer.model`, …), as the architecture of an old
  /// model takes it.
  ///
  /// A `config.json` may be missing. All tokens are taken, whatever the model's number is.
  package static func metadata(
    in folder: any FileTree, for model: Model, preTokenizer: String? = nil
  ) throws(ModelError) -> (metadata: Metadata, notes: [String]) {
    let source = try LegacySource(model, LegacyOptions())
    guard let family = LegacyFamily.all.first(where: { $0.legacyName == source.architecture })
    else {
      throw ModelError(
        .unsupportedArchitecture, source.path,
        "GGUF has no architecture for a model of \(source.architecture)")
    }
    let names = [family.architecture(source), "gpt2"]
    guard let kind = names.lazy.compactMap({ ArchitectureRegistry.named($0) }).first?.vocabulary
    else { preconditionFailure("the registry has GPT-2") }
    var options = CanonicalOptions()
    options.preTokenizer = preTokenizer
    // Without a number of tokens all are taken: whether they fit the model is checked later.
    let vocabulary = try VocabularyImport(
      CheckpointFiles(folder), Configuration(.object(JSONObject())), options)
    let imported = try vocabulary.metadata(for: kind)
    return (tokenizer(imported.metadata), imported.notes)
  }

  /// The tokenizer of another model or vocabulary: GGUF, or a file of 2023 that is complete.
  package static func metadata(of other: Model) throws(ModelError) -> Metadata {
    var options = LegacyOptions()
    options.isVocabularyOnly = true
    let model =
      other.kind == .legacy
      ? try LegacyConversion.canonicalModel(other, options: options) : other
    let found = tokenizer(model.metadata)
    guard found["tokenizer.ggml.tokens"] != nil else {
      throw ModelError(
        .unsupportedTokenizer, other.origin.files.first?.path ?? "the model",
        "there is no tokenizer in it")
    }
    return found
  }

  private static func tokenizer(_ metadata: Metadata) -> Metadata {
    var result = Metadata()
    for entry in metadata.entries where entry.key.hasPrefix("tokenizer.") {
      result[entry.key] = entry.value
    }
    return result
  }
}
