internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// MiniCPM 1 and 2: Llama with three scales.
  package static let miniCPM = Architecture(
    name: "minicpm", configurationNames: ["MiniCPMForCausalLM"],
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
