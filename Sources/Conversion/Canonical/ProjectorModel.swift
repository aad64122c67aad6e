internal import WeighbridgeArchitectures
internal import WeighbridgeByteIO
internal import WeighbridgeCheckpoints
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

/// What sees or hears for a checkpoint's text model, in GGUF's names: a model of architecture `clip`.
struct ProjectorModel {
  let model: Model
  /// Where its tensors come from, by their names in GGUF.
  let origins: [ByteString: TensorOrigin]
  /// Tensors of a fixed precision.
  let pinned: [ByteString: Projector.Precision]

  /// Plans the tensors and the metadata; throws where the class has no projector, or one that is not
  /// known here.
  init(_ model: Model, _ options: CanonicalOptions) throws(ConversionError) {
    let checkpoint: Checkpoint
    let documents: ProjectorDocuments
    do {
      checkpoint = try Checkpoint(model, limits: options.limits)
      documents = ProjectorDocuments(
        configuration: checkpoint.configuration,
        preprocessor: try checkpoint.files.json("preprocessor_config.json"),
        processor: try checkpoint.files.json("processor_config.json"))
    } catch { throw ConversionError(error) }
    do throws(ModelError) {
      let projector = try Self.projector(of: checkpoint, options)
      let plain = try QuantizedSourceRegistry.plain(model, checkpoint.configuration)
      let configuration = try projector.configuration(documents, plain.tensors)
      var mapping = TensorMapping(projector.network, configuration, nil, options.purpose)
      try mapping.map(plain)
      try Self.check(mapping.tensors, projector, plain)
      var result = Model(
        origin: plain.origin, kind: .gguf, tensors: mapping.tensors, companions: plain.companions,
        problems: plain.problems + mapping.problems)
      try Self.describe(&result, projector, configuration, checkpoint, options)
      self.model = result
      origins = mapping.origins
      pinned = Self.pinned(mapping, projector)
    } catch { throw .model(error) }
  }

  private static func projector(
    of checkpoint: Checkpoint, _ options: CanonicalOptions
  ) throws(ModelError) -> Projector {
    for (option, isAsked) in [
      ("--vocab-only", options.isVocabularyOnly), ("--map", options.map != nil),
      ("--reversible", options.isReversible),
    ] where isAsked {
      throw ModelError(.invalidRequest, option, "it has no meaning for a projector")
    }
    if let name = options.familyName, let named = ProjectorRegistry.named(name) { return named }
    if let known = ProjectorRegistry.known(checkpoint.configuration) { return known }
    let names = ProjectorRegistry.names(in: checkpoint.configuration)
    let known = ProjectorRegistry.all.flatMap(\.configurationNames).sorted()
    throw ModelError(
      .unsupportedArchitecture, "config.json",
      "no projector is known for '\(names.joined(separator: "', '"))'",
      hint: "classes with one: " + known.joined(separator: ", "))
  }

  /// Refuses a projector without tensors or with layers missing: a file that no reader can use.
  private static func check(
    _ tensors: [Tensor], _ projector: Projector, _ source: Model
  ) throws(ModelError) {
    guard !tensors.isEmpty else {
      throw ModelError(
        .missingTensor, source.origin.files.first?.path ?? "the checkpoint",
        "none of its \(source.tensors.count) tensors belongs to a \(projector.name) projector",
        hint:
          "the checkpoint holds the text model alone, or names its towers in a way that is not known"
      )
    }
    for prefix in ["v.blk.", "a.blk."] {
      let layers = Set(tensors.compactMap { layer(of: $0.name, prefix) })
      guard let last = layers.max() else { continue }
      guard let missing = (0...last).first(where: { !layers.contains($0) }) else { continue }
      throw ModelError(
        .missingTensor, projector.name, "no tensor becomes '\(prefix)\(missing).…'",
        hint: "the checkpoint is incomplete: fetch all of its files")
    }
  }

  private static func layer(of name: ByteString, _ prefix: String) -> Int? {
    guard name.hasPrefix(ByteString(prefix)) else { return nil }
    let digits = name.bytes.dropFirst(prefix.utf8.count).prefix { (0x30...0x39).contains($0) }
    return digits.count > 6 ? nil : Int(String(decoding: digits, as: UTF8.self))
  }

  private static func describe(
    _ model: inout Model, _ projector: Projector, _ configuration: Configuration,
    _ checkpoint: Checkpoint, _ options: CanonicalOptions
  ) throws(ModelError) {
    var metadata = Metadata()
    metadata["general.architecture"] = .string("clip")
    metadata["general.type"] = .string("mmproj")
    let general = try GeneralMetadata(
      GeneralMetadata.Source(checkpoint, ParameterCount(model.tensors)), options)
    general.write(to: &metadata)
    for rule in projector.network.hyperparameters {
      if let value = try rule.value(configuration) { metadata[ByteString(rule.key)] = value }
    }
    metadata["general.quantization_version"] = .uint32(2)
    model.metadata = metadata
    model.problems += general.problems
  }

  private static func pinned(
    _ mapping: TensorMapping, _ projector: Projector
  ) -> [ByteString: Projector.Precision] {
    var result: [ByteString: Projector.Precision] = [:]
    for (output, origin) in mapping.origins {
      if let precision = projector.precision(source: origin.source, output: output) {
        result[output] = precision
      }
    }
    return result
  }
}
