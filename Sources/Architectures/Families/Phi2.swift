internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// Phi 1.5 and 2: attention and feed-forward network side by side.
  package static let phi2 = Architecture(
    name: "phi2", configurationNames: ["PhiForCausalLM"], computations: [.phi2],
    defaults: [
      ConfigurationDefault("partial_rotary_factor") {
        $0.rope["partial_rotary_factor"] ?? 0.5
      },
      ConfigurationDefault("layer_norm_eps", 1e-5),
      ConfigurationDefault("max_position_embeddings", 2048),
    ],
    hyperparameters: [
      .count("{arch}.context_length", "n_positions", "max_position_embeddings"), .embeddingLength,
      .feedForwardLength(times: 4), .blockCount, .headCount,
      .count("{arch}.attention.head_count_kv") { (configuration) throws(ModelError) in
        try configuration.headCount()
      },
      .number("{arch}.attention.layer_norm_epsilon", "layer_norm_epsilon", "layer_norm_eps"),
      .ropeWidthOfAllHeads, .fileType,
      .constant("tokenizer.ggml.add_bos_token", .bool(false)),
    ],
    // The family's own names come first: they are the ones that are written again.
    tensors: [
      TensorRule("model.final_layernorm.{s}", "output_norm.{s}"),
      .layer("self_attn.dense.{s}", "attn_output.{s}"),
      .layer("mlp.fc1.{s}", "ffn_up.{s}"), .layer("mlp.fc2.{s}", "ffn_down.{s}"),
    ] + TensorRule.embeddings() + TensorRule.attention() + TensorRule.attentionNorm(),
    export: .phi2, vocabulary: .bytePair,
    traits: DecoderTraits {
      $0.rotary = .halves
      $0.norm = .layer
      $0.activation = .geluTanh
      $0.arrangement = .parallel
    })
}

extension HyperparameterRule {
  /// The width of a head that turns, counted as `int(factor × width) / heads`.
  static let ropeWidthOfAllHeads = HyperparameterRule.count("{arch}.rope.dimension_count") {
    (configuration) throws(ModelError) in
    let key: ByteString = "partial_rotary_factor"
    let factor = try Configuration.number(configuration.rope[key], [key]) ?? 1
    let turning = factor * Double(try configuration.width())
    guard turning >= 0, turning <= Double(UInt32.max) else { return nil }
    return Int(turning) / (try configuration.headCount())
  }
}

extension ConfigurationExport {
  /// The width of the network shows in its tensors: the metadata's is four times the model's, always.
  static let phi2 = ConfigurationExport(
    "phi", "PhiForCausalLM",
    [.rows("intermediate_size", "blk.0.ffn_up.weight"), .partialRotary])
}
