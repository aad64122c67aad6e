internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// Mistral Small 3 and Ministral 3: Llama, whose queries far into a text are scaled.
  package static let mistral3 = Architecture(
    name: "mistral3",
    configurationNames: ["Mistral3ForConditionalGeneration", "Ministral3ForCausalLM"],
    computations: [.mistral3],
    defaults: [
      .headWidth, ConfigurationDefault("num_key_value_heads", 8),
      ConfigurationDefault("rms_norm_eps") { $0.isMinistral3 ? 1e-5 : 1e-6 },
      ConfigurationDefault("max_position_embeddings", 131_072),
      ConfigurationDefault("rope_parameters") {
        $0.isMinistral3 && $0["rope_scaling"] == nil ? .object(ministralRope) : nil
      }, .ropeBase(10_000),
    ],
    hyperparameters: llama.hyperparameters + [
      .number("{arch}.rope.scaling.yarn_log_multiplier") { (configuration) throws(ModelError) in
        try ministral("mscale_all_dim", configuration)
      },
      .number("{arch}.attention.temperature_scale") { (configuration) throws(ModelError) in
        try ministral("llama_4_scaling_beta", configuration)
      },
    ],
    tensors: llama.tensors, generated: llama.generated, closing: llama.closing, export: .mistral3,
    vocabulary: llama.vocabulary, traits: DecoderTraits { $0.readsRamp = true }
  ) { $0["model_type"]?.text != "mistral4" }

  /// What `Ministral3Config` takes where nothing is said.
  static let ministralRope: JSONObject = {
    let value: JSONValue = [
      "rope_type": "yarn", "rope_theta": 1_000_000.0, "factor": 16.0,
      "original_max_position_embeddings": 16_384, "beta_fast": 32.0, "beta_slow": 1.0,
      "mscale_all_dim": 1.0, "mscale": 1.0, "llama_4_scaling_beta": 0.1,
    ]
    return value.object ?? JSONObject()
  }()

  /// A number of the rotary embedding's, which Ministral 3 alone has.
  private static func ministral(
    _ key: ByteString, _ configuration: Configuration
  ) throws(ModelError) -> Double? {
    guard configuration.isMinistral3 else { return nil }
    return try Configuration.number(configuration.rope[key], [key])
  }
}

extension Configuration {
  /// Whether the text model is Ministral 3, whose queries far into a text are scaled.
  var isMinistral3: Bool { self["model_type"]?.text == "ministral3" }
}

extension ConfigurationExport {
  /// The text model; its scales stand among the rotary embedding's parameters.
  static let mistral3 = ConfigurationExport(
    { facts in
      facts.number("attention.temperature_scale") == nil
        ? .init("mistral", "MistralForCausalLM") : .init("ministral3", "Ministral3ForCausalLM")
    },
    [
      .computed("rope_scaling") { (facts) throws(ModelError) in
        guard var scaling = try facts.ropeScaling()?.object else { return nil }
        if let multiplier = facts.number("rope.scaling.yarn_log_multiplier") {
          scaling["mscale"] = .double(multiplier)
          scaling["mscale_all_dim"] = .double(multiplier)
        }
        if let scale = facts.number("attention.temperature_scale") {
          scaling["llama_4_scaling_beta"] = .double(scale)
        }
        return .object(scaling)
      }
    ])
}
