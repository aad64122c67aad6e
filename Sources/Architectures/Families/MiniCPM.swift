internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// MiniCPM 1 and 2: Llama with three scales.
  package static let miniCPM = Architecture(
    name: "minicpm", configurationNames: ["MiniCPMForCausalLM"], computations: [.miniCPM],
    defaults: [.keyValueHeads],
    hyperparameters: HyperparameterRule.common + [
      .number("{arch}.embedding_scale", "scale_emb"),
      .number("{arch}.residual_scale") { (configuration) throws(ModelError) in
        guard let depth = try configuration.optionalNumber("scale_depth") else { return nil }
        return depth / Double(try configuration.layerCount()).squareRoot()
      },
      .number("{arch}.logit_scale") { (configuration) throws(ModelError) in
        guard let base = try configuration.optionalNumber("dim_model_base"), base > 0 else {
          return nil
        }
        return Double(try configuration.width()) / base
      },
    ],
    tensors: TensorRule.embeddings() + TensorRule.attention(.permuteQuery, .permuteKey)
      + TensorRule.llamaNetwork + TensorRule.experts,
    generated: [
      .longContextFactors("rope_factors_long.weight", "long_factor"),
      .longContextFactors("rope_factors_short.weight", "short_factor"),
    ], vocabulary: .sentencePiece,
    traits: DecoderTraits { $0.dividesByLogitScale = true })
}

extension FamilyComputation {
  /// `modeling_minicpm.py` beside the checkpoints, whose scales are 1 where nothing is said.
  static let miniCPM = FamilyComputation(
    "MiniCPMForCausalLM",
    rules: [
      .activation(), .epsilon(otherwise: 1e-6), .rotary(), .causal,
      .number("scale_emb", 1) { .embeddingScale($0) },
      ComputationRule("scale_depth") { (configuration) throws(ModelError) in
        let layers = Double(try configuration.layerCount()).squareRoot()
        return [
          .residualScale(Float((try configuration.optionalNumber("scale_depth") ?? 1) / layers))
        ]
      },
      ComputationRule("dim_model_base") { (configuration) throws(ModelError) in
        let base = try configuration.optionalNumber("dim_model_base") ?? 1
        return [.logitScale(Float(base / Double(try configuration.width())))]
      },
      .namedExperts,
    ], sizes: decoderSizes.union(["num_experts", "num_local_experts"]),
    refusals: [.wherePresent("sparse_config", "attention to a part of the keys")],
    optionalTensors: projections(attention: "attention_bias"), tiesHead: true)
}
