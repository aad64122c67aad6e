internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// ERNIE 4.5 without experts.
  package static let ernie45 = Architecture(
    name: "ernie4_5", configurationNames: ["Ernie4_5ForCausalLM", "Ernie4_5_ForCausalLM"],
    computations: [.ernie45],
    defaults: [
      ConfigurationDefault("head_dim", 128), ConfigurationDefault("num_key_value_heads", 2),
      ConfigurationDefault("rms_norm_eps", 1e-5),
      ConfigurationDefault("max_position_embeddings", 131_072), .ropeBase(500_000),
    ],
    tensors: TensorRule.embeddings() + TensorRule.attention() + TensorRule.attentionNorm()
      + TensorRule.feedForwardNorm() + TensorRule.gatedFeedForward + ernieFused,
    export: .ernie45, vocabulary: VocabularyKind(.sentencePiece, readsSpacePrefix: true),
    traits: DecoderTraits())

  /// The text model of PaddleOCR-VL.
  package static let paddleOCR = ernie45.with(
    name: "paddleocr", configurationNames: ["PaddleOCRVLForConditionalGeneration"],
    computations: [.paddleOCR],
    defaults: ernie45.defaults)

  /// Projections that some checkpoints store as one.
  private static let ernieFused: [TensorRule] = [
    TensorRule(
      "model.layers.{n}.mlp.up_gate_proj.weight",
      outputs: [
        .init("blk.{n}.ffn_gate.weight", [.part(0, of: 2)]),
        .init("blk.{n}.ffn_up.weight", [.part(1, of: 2)]),
      ])
  ]
}

extension ConfigurationExport {
  /// Biases everywhere or nowhere.
  static let ernie45 = ConfigurationExport(
    "ernie4_5", "Ernie4_5ForCausalLM", [.has("use_bias", "blk.0.attn_q.bias")])
}

extension FamilyComputation {
  /// As `PaddleOCRTextModel`; llama.cpp's graph has one activation.
  static let paddleOCR = FamilyComputation(
    "PaddleOCRVLForConditionalGeneration", rules: [], sizes: describedKeys.union(["is_causal"]),
    incidental: imageKeys.union([
      "compression_ratio", "use_flash_attention", "max_sequence_length", "weight_share_add_bias",
      "use_3d_rope", "rope_is_neox_style", "fuse_rms_norm", "fuse_linear",
    ]),
    refusals: KeyRefusal.ropeKinds("linear", "yarn") + [.fixed("hidden_act", "silu", "swish")],
    optionalTensors: projections(attention: "use_bias", network: "use_bias"), tiesHead: true)
}
