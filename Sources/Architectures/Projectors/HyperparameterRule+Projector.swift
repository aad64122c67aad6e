internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

/// Metadata that projectors share (conversion/base.py, `MmprojModel.set_gguf_parameters`).
extension HyperparameterRule {
  /// Names for the number of layers, in the converter's order.
  static let towerLayers: [ByteString] = [
    "n_layers", "num_hidden_layers", "n_layer", "num_layers", "depth", "layers", "encoder_layers",
    "vt_num_hidden_layers",
  ]

  /// What every projector with a vision tower says; `imageSize` where it is not the key of that name.
  static func visionTower(
    imageSize: (@Sendable (Configuration) throws(ModelError) -> Int?)? = nil
  ) -> [HyperparameterRule] {
    let size =
      imageSize.map { .count("clip.vision.image_size", $0) }
      ?? tower("clip.vision.image_size", .vision, "image_size")
    return [
      presence("clip.has_vision_encoder", .vision),
      projection("clip.vision.projection_dim", .vision),
      size, tower("clip.vision.patch_size", .vision, "patch_size"),
      tower("clip.vision.embedding_length", .vision, "hidden_size", "width", "vt_hidden_size"),
      tower(
        "clip.vision.feed_forward_length", .vision, "intermediate_size", "vt_intermediate_size"),
      tower("clip.vision.block_count", .vision, of: towerLayers),
      tower(
        "clip.vision.attention.head_count", .vision, "num_attention_heads", "num_heads", "heads",
        "vt_num_attention_heads"),
      colors("clip.vision.image_mean", "image_mean"), colors("clip.vision.image_std", "image_std"),
    ]
  }

  /// What every projector with an audio tower says.
  static let audioTower: [HyperparameterRule] = [
    presence("clip.has_audio_encoder", .audio), projection("clip.audio.projection_dim", .audio),
    tower("clip.audio.embedding_length", .audio, "hidden_size", "d_model"),
    tower("clip.audio.feed_forward_length", .audio, "intermediate_size", "encoder_ffn_dim"),
    tower("clip.audio.block_count", .audio, of: towerLayers),
    tower(
      "clip.audio.attention.head_count", .audio, "num_attention_heads", "encoder_attention_heads"),
  ]

  private static func presence(_ key: String, _ sense: Projector.Sense) -> HyperparameterRule {
    HyperparameterRule(key) { $0.tower(sense) == nil ? nil : .bool(true) }
  }

  /// The width of the text model, which is projected into.
  private static func projection(_ key: String, _ sense: Projector.Sense) -> HyperparameterRule {
    .count(key) { (configuration) throws(ModelError) in
      guard configuration.tower(sense) != nil else { return nil }
      return try configuration.count("hidden_size", "n_embd", "dim")
    }
  }

  /// A count of a tower that must be there; of a list, the first.
  static func tower(
    _ key: String, _ sense: Projector.Sense, _ names: ByteString...
  ) -> HyperparameterRule { tower(key, sense, of: names) }

  private static func tower(
    _ key: String, _ sense: Projector.Sense, of names: [ByteString]
  ) -> HyperparameterRule {
    .count(key) { (configuration) throws(ModelError) in
      guard configuration.tower(sense) != nil else { return nil }
      guard let value = configuration.setting(sense, names) else {
        throw ModelError(
          .missingMetadata, "config.json",
          "the \(sense.rawValue) tower has none of "
            + names.map { "'\($0)'" }.joined(separator: ", "))
      }
      return try Configuration.count(value.array?.first ?? value, names)
    }
  }

  /// Three numbers for the three colours, from the processor's files.
  private static func colors(_ key: String, _ name: ByteString) -> HyperparameterRule {
    HyperparameterRule(key) { (configuration) throws(ModelError) in
      guard configuration.tower(.vision) != nil else { return nil }
      guard let values = configuration.processing(name)?.array, !values.isEmpty else {
        throw ModelError(
          .missingMetadata, "preprocessor_config.json",
          "'\(name)' is missing, which images are normalized by",
          hint: "fetch preprocessor_config.json or processor_config.json of the checkpoint")
      }
      var numbers: [Float] = []
      for value in values {
        numbers.append(Float(try Configuration.number(value, [name]) ?? 0))
      }
      return .array(.float32(numbers))
    }
  }

  /// A number of a tower, or what its class assumes.
  static func towerNumber(
    _ key: String, _ sense: Projector.Sense, _ name: ByteString, otherwise: Double?
  ) -> HyperparameterRule {
    .number(key) { (configuration) throws(ModelError) in
      guard configuration.tower(sense) != nil else { return nil }
      return try Configuration.number(configuration.setting(sense, [name]), [name]) ?? otherwise
    }
  }

  /// The epsilon of the vision tower's norms.
  static func visionEpsilon(
    _ name: ByteString = "layer_norm_eps", otherwise: Double?
  ) -> HyperparameterRule {
    towerNumber("clip.vision.attention.layer_norm_epsilon", .vision, name, otherwise: otherwise)
  }

  /// The kind of the projection.
  static func projectorType(_ name: String) -> HyperparameterRule {
    constant("clip.projector_type", .string(ByteString(name)))
  }

  static let usesGELU = constant("clip.use_gelu", .bool(true))
  static let usesSiLU = constant("clip.use_silu", .bool(true))

  /// The activation of the vision tower: two keys, of which one is written.
  static func visionActivation(
    gelu: Set<ByteString> = ["gelu"], isStrict: Bool
  ) -> [HyperparameterRule] {
    [("clip.use_gelu", gelu), ("clip.use_silu", ["silu"])].map { key, names in
      HyperparameterRule(key) { (configuration) throws(ModelError) in
        let name = configuration.vision("hidden_act")?.string
        if let name, names.contains(name) { return .bool(true) }
        guard isStrict, name.map({ !gelu.contains($0) && $0 != "silu" }) ?? true else { return nil }
        throw ModelError(
          .unsupportedSetting, "config.json",
          "the vision tower's activation '\(name?.text ?? "")' is not known for this projector")
      }
    }
  }

  /// A count of the vision tower, or what its class assumes.
  static func visionCount(
    _ key: String, _ name: ByteString, otherwise: Int?
  ) -> HyperparameterRule {
    .count(key) { (configuration) throws(ModelError) in
      guard let value = configuration.vision(name) else { return otherwise }
      return try Configuration.count(value, [name])
    }
  }

  /// A count at the top of `config.json`.
  static func wholeCount(
    _ key: String, _ name: ByteString, otherwise: Int?
  ) -> HyperparameterRule {
    .count(key) { (configuration) throws(ModelError) in
      guard let value = configuration.whole(name) else { return otherwise }
      return try Configuration.count(value, [name])
    }
  }

  /// A count of the processor's files.
  static func processorCount(
    _ key: String, _ name: ByteString, isNeeded: Bool = true
  ) -> HyperparameterRule {
    .count(key) { (configuration) throws(ModelError) in
      guard let value = configuration.processing(name) else {
        guard isNeeded else { return nil }
        throw ModelError(
          .missingMetadata, "preprocessor_config.json", "'\(name)' is missing")
      }
      return try Configuration.count(value, [name])
    }
  }

  /// How many patches become one, along each side: what a fraction divides 1 into.
  static func shuffleFactor(
    _ value: @escaping @Sendable (Configuration) -> JSONValue?, _ name: ByteString
  ) -> HyperparameterRule {
    .count("clip.vision.projector.scale_factor") { (configuration) throws(ModelError) in
      guard let ratio = try Configuration.number(value(configuration), [name]), ratio > 1e-6,
        ratio <= 1
      else {
        throw ModelError(
          .missingMetadata, "config.json", "'\(name)' must be a number between 0 and 1")
      }
      return Int(1 / ratio)
    }
  }
}
