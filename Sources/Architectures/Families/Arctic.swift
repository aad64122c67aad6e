internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// Arctic: experts beside a dense network.
  package static let arctic = Architecture(
    name: "arctic", configurationNames: ["ArcticForCausalLM"],
    hyperparameters: HyperparameterRule.common + [.vocabularySize, .sharedRopeWidth],
    tensors: TensorRule.embeddings() + TensorRule.attention(.permuteQuery, .permuteKey)
      + TensorRule.attentionNorm() + TensorRule.blockSparseExperts + [
        .layer("post_attention_layernorm.weight", "ffn_norm_exps.weight"),
        .layer("residual_layernorm.weight", "ffn_norm.weight"),
        .layer("residual_mlp.w1.weight", "ffn_gate.weight"),
        .layer("residual_mlp.w2.weight", "ffn_down.weight"),
        .layer("residual_mlp.w3.weight", "ffn_up.weight"),
      ], vocabulary: .sentencePiece)
}
