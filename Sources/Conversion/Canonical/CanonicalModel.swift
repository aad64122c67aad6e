internal import Architectures
internal import ByteIO
internal import Checkpoints
internal import JSON
public import ModelIR
internal import Tokenizers

/// A model in GGUF's names, whatever it was opened from.
public enum CanonicalModel {
  /// Whether a model is a Hugging Face checkpoint: tensors in a family's own names, and `config.json`
  /// beside them.
  public static func isCheckpoint(_ model: Model) -> Bool {
    model.metadata["general.architecture"] == nil
      && model.companions?.names.contains("config.json") == true
  }

  /// Brings a checkpoint or a file of before GGUF into GGUF's names, order and metadata; a GGUF model
  /// stays as it is.
  ///
  /// Payloads keep the checkpoint's precision and are computed when they are read: rows reordered,
  /// experts stacked. `general.file_type` is 0 until a conversion sets it. Throws where a tensor or a
  /// setting is not understood; nothing is guessed.
  public static func make(
    _ model: Model, _ options: CanonicalOptions = CanonicalOptions()
  ) throws(ConversionError) -> Model {
    if LegacyConversion.applies(to: model) {
      var legacy = options.legacy
      legacy.name = options.name ?? legacy.name
      legacy.isVocabularyOnly = options.isVocabularyOnly
      do { return try LegacyConversion.canonicalModel(model, options: legacy) } catch {
        throw .model(error)
      }
    }
    guard isCheckpoint(model) else {
      guard model.metadata["general.architecture"] == nil else { return model }
      throw .model(
        ModelError(
          .missingMetadata, model.origin.files.first?.path ?? "the model",
          "there is neither 'general.architecture' in it nor a config.json beside it",
          hint: "give the folder of the whole checkpoint"))
    }
    let checkpoint: Checkpoint
    do { checkpoint = try Checkpoint(model, limits: options.limits) } catch {
      throw ConversionError(error)
    }
    do throws(ModelError) {
      let architecture = try ArchitectureRegistry.find(checkpoint.configuration)
      var configuration = try Configuration(checkpoint.configuration)
      configuration.fill(architecture.defaults)
      try refuseQuantized(configuration)
      var mapping = TensorMapping(architecture, configuration)
      try mapping.map(model)
      var result = Model(
        origin: model.origin, tensors: options.isVocabularyOnly ? [] : mapping.tensors,
        companions: model.companions, problems: model.problems + mapping.problems)
      let vocabulary = try VocabularyImport(checkpoint.files, configuration, options)
        .metadata(for: architecture.vocabulary)
      result.metadata = try metadata(
        architecture, configuration, mapping, checkpoint, vocabulary.metadata, options)
      result.problems += vocabulary.notes.map {
        Problem(.warning, "tokenizer", at: checkpoint.files.name, $0)
      }
      return result
    } catch { throw .model(error) }
  }

  /// Weights in another scheme's integers need that scheme's reader first.
  private static func refuseQuantized(_ configuration: Configuration) throws(ModelError) {
    guard let scheme = configuration["quantization_config"] else { return }
    let method = scheme["quant_method"]?.text ?? "unknown"
    throw ModelError(
      .unsupportedEncoding, "config.json", "the weights are quantized by '\(method)'",
      hint: "start from the original checkpoint")
  }

  private static func metadata(
    _ architecture: Architecture, _ configuration: Configuration, _ mapping: TensorMapping,
    _ checkpoint: Checkpoint, _ vocabulary: Metadata, _ options: CanonicalOptions
  ) throws(ModelError) -> Metadata {
    var metadata = Metadata()
    metadata["general.architecture"] = .string(ByteString(architecture.name))
    metadata["general.type"] = .string("model")
    let general = try GeneralMetadata(
      checkpoint, options, ParameterCount(mapping.tensors))
    general.write(to: &metadata)
    try write(architecture.hyperparameters, architecture, configuration, to: &metadata)
    metadata["general.quantization_version"] = .uint32(2)
    for entry in vocabulary.entries { metadata[entry.key] = entry.value }
    try write(architecture.closing, architecture, configuration, to: &metadata)
    return metadata
  }

  private static func write(
    _ rules: [HyperparameterRule], _ architecture: Architecture, _ configuration: Configuration,
    to metadata: inout Metadata
  ) throws(ModelError) {
    for rule in rules {
      guard let value = try rule.value(configuration) else { continue }
      let key = rule.key.replacing("{arch}", with: architecture.name)
      metadata[ByteString(key)] = value
    }
  }
}
