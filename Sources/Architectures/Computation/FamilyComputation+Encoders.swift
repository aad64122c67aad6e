internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

// BERT and encoders in its manner.

extension FamilyComputation {
  static let bert = FamilyComputation(
    "BertModel", "BertForMaskedLM", "RobertaModel", "RobertaForMaskedLM",
    rules: [
      .activation("hidden_act", "gelu"), .epsilon("layer_norm_eps", 1e-12),
      .flag("is_decoder", otherwise: false) { .causal($0) },
    ], sizes: decoderSizes.union(["type_vocab_size"]),
    incidental: [
      "position_embedding_type", "classifier_dropout", "pooler_fc_size", "pooler_type",
      "pooler_num_attention_heads", "pooler_num_fc_layers", "pooler_size_per_head",
      "directionality",
    ],
    refusals: [.whereTrue("add_cross_attention", "attention over another model's states")],
    tiesHead: true)

  /// Its ε stands in `modeling_distilbert.py`, not in the configuration.
  static let distilBert = FamilyComputation(
    "DistilBertModel", "DistilBertForMaskedLM",
    rules: [
      .activation("activation", "gelu"),
      .always(.epsilon(1e-12), .causal(false)),
    ], sizes: ["dim", "hidden_dim", "n_heads", "n_layers", "max_position_embeddings"],
    // Sinusoids are stored as any other positions are.
    incidental: ["sinusoidal_pos_embds", "tie_weights_"], tiesHead: true)

  static let euroBert = FamilyComputation(
    "EuroBertModel", "EuroBertForMaskedLM",
    rules: [.activation(), .epsilon(otherwise: 1e-5), .rotary(), .always(.causal(false))],
    sizes: decoderSizes, incidental: ["classifier_pooling"],
    optionalTensors: projections(attention: "attention_bias", network: "mlp_bias"))

  /// nomic-embed-text under its own keys, which are those of GPT-2, and under transformers'.
  static let nomicBert = FamilyComputation(
    "NomicBertModel",
    rules: [
      .nomicActivation,
      ComputationRule("layer_norm_eps", "layer_norm_epsilon") {
        (configuration) throws(ModelError) in
        let value = try configuration.optionalNumber("layer_norm_eps", "layer_norm_epsilon")
        return [.epsilon(Float(value ?? 1e-12))]
      },
      .rotary(RotaryRule(base: 1000, baseKeys: ["rope_theta", "rotary_emb_base"])),
      .always(.causal(false)),
    ],
    sizes: decoderSizes.union([
      "n_embd", "n_head", "n_layer", "n_inner", "n_positions", "max_trained_positions",
      "type_vocab_size",
    ]),
    incidental: [
      "classifier_dropout", "fused_bias_fc", "fused_dropout_add_ln", "use_flash_attn",
      "use_xentropy",
      "use_rms_norm", "pad_vocab_size_multiple", "parallel_block", "parallel_block_tied_norm",
      "reorder_and_upcast_attn", "scale_attn_weights", "scale_attn_by_inverse_layer_idx",
      // What nomic's own code reads, and transformers does not.
      "causal", "prenorm", "rotary_emb_interleaved", "rotary_emb_fraction", "rotary_emb_scale_base",
      "dense_seq_output", "last_layer_subset", "rotary_scaling_factor",
    ],
    optionalTensors: [
      OptionalTensors(
        "qkv_proj_bias", in: "encoder.layers.{n}.attn.", ["Wqkv.bias", "out_proj.bias"]),
      OptionalTensors("mlp_fc1_bias", in: "encoder.layers.{n}.mlp.", ["fc11.bias", "fc12.bias"]),
      OptionalTensors("mlp_fc2_bias", in: "encoder.layers.{n}.mlp.", ["fc2.bias"]),
    ], tiesHead: true)
}

extension ComputationRule {
  /// A gated function under one name, as nomic's own code has it, or the function under transformers'.
  fileprivate static let nomicActivation = ComputationRule("activation_function", "hidden_act") {
    (configuration) throws(ModelError) in
    let gated: [String: ActivationFunction] = [
      "swiglu": .silu, "geglu": .geluErf, "glu": .sigmoid,
    ]
    if configuration.has("hidden_act") {
      return try ComputationRule.activation().settings(configuration)
    }
    let name = configuration["activation_function"]?.text ?? "swiglu"
    guard let function = gated[name] else {
      throw ModelError(
        .invalidMetadata, "config.json",
        "'activation_function' is '\(name)': \(gated.keys.sorted().joined(separator: ", ")) are known"
      )
    }
    return [.activation(function)]
  }
}
