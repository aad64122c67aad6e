internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// EXAONE 4: norms behind both parts of a layer and on the heads.
  package static let exaone4 = Architecture(
    name: "exaone4", configurationNames: ["Exaone4ForCausalLM"], computations: [.exaone4],
    defaults: [
      ConfigurationDefault("num_key_value_heads", 32), ConfigurationDefault("rms_norm_eps", 1e-5),
      ConfigurationDefault("max_position_embeddings", 2048), .ropeBase(10_000),
    ],
    hyperparameters: HyperparameterRule.common + [
      .vocabularySize, .slidingWindow, .slidingWindowPattern,
    ],
    tensors: TensorRule.embeddings() + TensorRule.attention() + TensorRule.headNorms()
      + TensorRule.outerNorms() + TensorRule.gatedFeedForward,
    generated: [.ropeFrequencies], export: .exaone4, vocabulary: .bytePair,
    traits: DecoderTraits {
      $0.rotary = .halves
      $0.windowed = .allBut(every: 4)
      $0.rotatesOnlyInWindows = true
    })
}

extension Architecture {
  /// The text model of EXAONE 4.5, with layers for further tokens.
  package static let exaone45 = Architecture(
    name: "exaone4", configurationNames: ["Exaone4_5_ForConditionalGeneration"],
    computations: [.exaone45],
    defaults: exaone4.defaults,
    hyperparameters: exaone4.hyperparameters.replacing(
      .count("{arch}.block_count") { (configuration) throws(ModelError) in
        try configuration.layerCount() + configuration.nextTokenLayerCount()
      }) + [
        .count("{arch}.nextn_predict_layers") { (configuration) throws(ModelError) in
          let count = try configuration.nextTokenLayerCount()
          return count > 0 ? count : nil
        }
      ],
    tensors: exaone4.tensors + TensorRule.nextTokenLayer, generated: exaone4.generated,
    vocabulary: .bytePair, traits: exaone4.traits,
    names: TensorNames {
      $0.nextTokenLayers = .kept
      $0.renamed = TensorNames.nextTokenBlocks
    })
}

extension ConfigurationExport {
  /// Which layers slide stands in the metadata.
  static let exaone4 = ConfigurationExport("exaone4", "Exaone4ForCausalLM", [.layerTypes])
}

extension FamilyComputation {
  /// EXAONE 4 as the text model of what sees, with a layer for a further token.
  static let exaone45 = FamilyComputation(
    "Exaone4_5_ForConditionalGeneration", rules: exaone4.rules,
    sizes: decoderSizes.union(["num_nextn_predict_layers"]), incidental: imageKeys,
    optionalTensors: projections(attention: nil))
}
