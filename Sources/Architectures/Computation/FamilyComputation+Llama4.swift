internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

// Llama 4.

extension FamilyComputation {
  static let llama4 = FamilyComputation(
    "Llama4ForCausalLM", "Llama4ForConditionalGeneration",
    rules: [
      .activation(), .epsilon(otherwise: 1e-5), .causal,
      .rotary(
        RotaryRule(base: 500_000, headWidth: head128),
        reading: ["no_rope_layers", "no_rope_layer_interval"],
        turns: { (configuration, layer) throws(ModelError) in
          try configuration.turns(layer, anEmptyListCounts: false)
        }), .always(.interleaved(true)), .llama4Chunks, .llama4Temperatures, .llama4Norms,
      .chosenExperts(1),
    ],
    sizes: decoderSizes.union([
      "intermediate_size_mlp", "num_local_experts", "moe_layers", "interleave_moe_layer_step",
    ]),
    incidental: [
      "boi_token_index", "eoi_token_index", "image_token_index", "for_llm_compressor",
    ],
    optionalTensors: projections(attention: "attention_bias") + [
      OptionalTensors(
        nil, in: "model.layers.{n}.feed_forward.",
        ["gate_proj.bias", "up_proj.bias", "down_proj.bias"])
    ])
}

extension ComputationRule {
  /// Stretches of the text that a layer's queries see alone.
  fileprivate static let llama4Chunks = ComputationRule("attention_chunk_size", "layer_types") {
    (configuration) throws(ModelError) in
    var chunks: [Int?] = []
    for layer in 0..<(try configuration.layerCount()) {
      chunks.append(try configuration.isChunked(layer) ? try configuration.chunkSize() : nil)
    }
    return [.chunks(chunks)]
  }

  /// Queries of layers that do not rotate grow with the logarithm of their position.
  fileprivate static let llama4Temperatures = ComputationRule(
    "attn_temperature_tuning", "floor_scale", "attn_scale"
  ) { (configuration) throws(ModelError) in
    let isTuned =
      configuration["attn_temperature_tuning"].map { $0.bool ?? ($0.integer != 0) } ?? true
    let scale = try configuration.optionalNumber("attn_scale") ?? 0.1
    let length = try configuration.optionalCount("floor_scale") ?? 8192
    guard length > 0 else {
      throw ModelError(.invalidMetadata, "config.json", "'floor_scale' is zero")
    }
    let temperature = QueryTemperature(scale: Float(scale), offset: 1, length: length)
    var result: [QueryTemperature?] = []
    for layer in 0..<(try configuration.layerCount()) {
      let turns = try configuration.turns(layer, anEmptyListCounts: false)
      result.append(isTuned && !turns ? temperature : nil)
    }
    return [.temperatures(result)]
  }

  /// Heads are normalized after they are rotated, where they are.
  fileprivate static let llama4Norms = ComputationRule("use_qk_norm") {
    (configuration) throws(ModelError) in
    let isNormalized = configuration["use_qk_norm"]?.bool ?? true
    var flags: [Bool] = []
    for layer in 0..<(try configuration.layerCount()) {
      let turns = try configuration.turns(layer, anEmptyListCounts: false)
      flags.append(isNormalized && turns)
    }
    return [.plainHeadNorms(flags)]
  }
}
