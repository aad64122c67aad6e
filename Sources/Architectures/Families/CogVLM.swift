internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// CogVLM: layers with weights for words and others for images.
  package static let cogVLM = Architecture(
    name: "cogvlm", configurationNames: ["CogVLMForCausalLM"], computations: [.cogVLM],
    hyperparameters: llama.hyperparameters,
    tensors: TensorRule.embeddings() + TensorRule.attentionNorm() + TensorRule.feedForwardNorm() + [
      .layer("self_attn.language_expert_query_key_value.{s}", "attn_qkv.{s}"),
      .layer("self_attn.language_expert_dense.{s}", "attn_output.{s}"),
      .layer("self_attn.vision_expert_query_key_value.{s}", "vis_attn_qkv.{s}"),
      .layer("self_attn.vision_expert_dense.{s}", "vis_attn_output.{s}"),
    ] + cogNetworks,
    generated: llama.generated, closing: llama.closing, vocabulary: llama.vocabulary,
    names: TensorNames {
      // Names of the layers' own weights for images contain 'vision_'.
      $0.leftOut = [
        TensorNames.text[0],
        .init(kind: "of the vision tower", prefixes: ["model.vision."]),
      ]
    })

  private static let cogNetworks: [TensorRule] = [("language", "ffn"), ("vision", "vis")].flatMap {
    source, target in
    ["gate", "up", "down"].map { part -> TensorRule in
      .layer("mlp.\(source)_mlp.\(part)_proj.{s}", "\(target)_\(part).{s}")
    }
  }
}

extension FamilyComputation {
  /// `modeling_cogvlm.py` beside the checkpoints.
  static let cogVLM = FamilyComputation(
    "CogVLMForCausalLM", rules: [], sizes: describedKeys,
    incidental: imageKeys.union(["template_version", "num_multi_query_heads"]),
    refusals: KeyRefusal.ropeKinds("linear", "yarn", "llama3") + [
      .fixed("hidden_act", "silu", "swish"),
      .whereTrue("use_lora", "adapters beside the weights"),
    ])
}
