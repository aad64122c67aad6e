internal import WeighbridgeArchitectures
internal import WeighbridgeByteIO
internal import WeighbridgeCheckpoints
internal import WeighbridgeJSON
package import WeighbridgeModelIR
internal import WeighbridgeTokenizers

/// A model in GGUF's names, whatever it was opened from.
package enum CanonicalModel {
  /// Brings a checkpoint or a file of before GGUF into GGUF's names, order and metadata; a GGUF model
  /// stays as it is, but for rows that were interleaved for certain CPUs: they are separated.
  ///
  /// Payloads keep the checkpoint's precision and are computed when they are read: rows reordered,
  /// experts stacked. `general.file_type` is 0 until a conversion sets it. Throws where a tensor or a
  /// setting is not understood; nothing is guessed.
  package static func make(
    _ model: Model, _ options: CanonicalOptions = CanonicalOptions()
  ) throws(ConversionError) -> Model {
    try traced(model, options).model
  }

  /// The same, with where each of a checkpoint's tensors comes from.
  static func traced(
    _ model: Model, _ options: CanonicalOptions
  ) throws(ConversionError) -> (model: Model, origins: [ByteString: TensorOrigin]) {
    if options.familyName != nil, model.kind != .checkpoint {
      throw .model(
        ModelError(
          .invalidRequest, "--as", "a family is named for checkpoints, and this is none",
          hint: "a GGUF file says itself what it is"))
    }
    switch model.kind {
    case .legacy: return (try canonical(legacy: model, options), [:])
    case .checkpoint: return try canonical(checkpoint: model, options)
    case .gguf:
      let separated = ByteLevelTokens.retyped(model.separatingRows())
      do { return (try overridden(separated, options), [:]) } catch { throw .model(error) }
    case .importance, .baseline:
      throw .model(
        ModelError(
          .invalidRequest, model.origin.files.first?.path ?? "the file",
          model.kind == .importance
            ? "this is an importance matrix, not a model"
            : "this is a stored reference, not a model",
          hint: "'weighbridge inspect' shows what is in it"))
    case .adapter:
      throw .model(
        ModelError(
          .invalidRequest, model.origin.files.first?.path ?? "the adapter",
          "an adapter is not a model by itself",
          hint: "convert CHECKPOINT --merge-lora ADAPTER puts the two together"))
    case .tensors:
      throw .model(
        ModelError(
          .missingMetadata, model.origin.files.first?.path ?? "the model",
          "there is neither 'general.architecture' in it nor a config.json beside it",
          hint: "give the folder of the whole checkpoint"))
    }
  }

  private static func canonical(
    legacy model: Model, _ options: CanonicalOptions
  ) throws(ConversionError) -> Model {
    var legacy = options.legacy
    legacy.name = options.name ?? legacy.name
    legacy.isVocabularyOnly = options.isVocabularyOnly
    legacy.preTokenizer = options.preTokenizer ?? legacy.preTokenizer
    legacy.entries = options.metadata ?? legacy.entries
    do {
      let converted = try LegacyConversion.canonicalModel(model, options: legacy)
      return try overridden(converted, options)
    } catch { throw .model(error) }
  }

  private static func canonical(
    checkpoint model: Model, _ options: CanonicalOptions
  ) throws(ConversionError) -> (model: Model, origins: [ByteString: TensorOrigin]) {
    var checkpoint: Checkpoint
    do { checkpoint = try Checkpoint(model, limits: options.limits) } catch {
      throw ConversionError(error)
    }
    do {
      if let name = options.familyName {
        checkpoint.configuration = checkpoint.configuration.named(
          try ArchitectureRegistry.className(name))
      }
    } catch { throw .model(error) }
    let plain: Model
    let network: MappedNetwork
    var result: Model
    do throws(ModelError) {
      plain = try QuantizedSourceRegistry.plain(model, checkpoint.configuration)
      let architecture = try architecture(of: plain, checkpoint, options)
      network = try MappedNetwork(plain, checkpoint.configuration, architecture, options)
      let mapping = network.mapping
      result = Model(
        origin: plain.origin, kind: .gguf, tensors: options.isVocabularyOnly ? [] : mapping.tensors,
        companions: plain.companions, problems: plain.problems + mapping.problems)
      // As llama.cpp's converter: a file without tensors has no number of parameters.
      let parameters =
        options.isVocabularyOnly ? ParameterCount(total: 0) : ParameterCount(mapping.tensors)
      let general = try GeneralMetadata(
        GeneralMetadata.Source(checkpoint, parameters), options)
      let vocabulary = try VocabularyImport(checkpoint.files, network.configuration, options)
        .metadata(for: architecture.vocabulary)
      result.metadata = try metadata(network, general, vocabulary.metadata)
      result.problems += general.problems
      result.problems += vocabulary.notes.map {
        Diagnostic(.warning, "tokenizer", at: checkpoint.files.name, $0)
      }
      try network.reading.finish(&result)
    } catch { throw .model(error) }
    if options.isReversible, !options.isVocabularyOnly {
      try KeptTensors(
        of: plain, leftOut: network.mapping.leftOut, recomputed: network.mapping.recomputed,
        canonical: result
      ).write(to: &result.metadata)
      try KeptFiles.write(checkpoint.files, to: &result.metadata)
    }
    return (result, network.mapping.origins)
  }

  /// The family that `config.json` names, or that the user's map describes.
  private static func architecture(
    of model: Model, _ checkpoint: Checkpoint, _ options: CanonicalOptions
  ) throws(ModelError) -> Architecture {
    let known = ArchitectureRegistry.known(checkpoint.configuration)
    if let map = options.map { return try map.architecture(over: known) }
    if let known { return known }
    let names = Configuration.names(in: checkpoint.configuration)
    guard !names.isEmpty else { return try ArchitectureRegistry.find(checkpoint.configuration) }
    throw ArchitectureDiagnosis(checkpoint.configuration, tensors: model.tensors.map(\.name))
      .error(
        names, fitting: ArchitectureFit.families(model, checkpoint.configuration, options))
  }

  /// A model that has GGUF's metadata already, with what the user says instead.
  private static func overridden(
    _ model: Model, _ options: CanonicalOptions
  ) throws(ModelError) -> Model {
    guard options.map == nil else {
      throw ModelError(
        .invalidRequest, "--map", "a name map is for checkpoints, and this is none",
        hint: "its tensors have GGUF's names already")
    }
    var result = model
    for entry in try GeneralMetadata(overriding: options).entries {
      result.metadata[entry.key] = entry.value
    }
    if let preTokenizer = options.preTokenizer {
      result.metadata["tokenizer.ggml.pre"] = .string(ByteString(preTokenizer))
    }
    if options.isVocabularyOnly { result.tensors = [] }
    return result
  }

  private static func metadata(
    _ network: MappedNetwork, _ general: GeneralMetadata, _ vocabulary: Metadata
  ) throws(ModelError) -> Metadata {
    var metadata = Metadata()
    metadata["general.architecture"] = .string(ByteString(network.architecture.name))
    network.writeGathered(to: &metadata)
    metadata["general.type"] = .string("model")
    general.write(to: &metadata)
    try network.write(network.architecture.hyperparameters, to: &metadata)
    metadata["general.quantization_version"] = .uint32(2)
    for entry in vocabulary.entries { metadata[entry.key] = entry.value }
    try network.write(network.architecture.closing, to: &metadata)
    try ExactSettings.write(network.architecture, network.configuration, to: &metadata)
    return metadata
  }
}
