internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// Granite 4 H: Mamba 2 in most layers, attention without positions in some, experts in all.
  package static let graniteHybrid = graniteFour(name: "granitehybrid") {
    graniteKinds($0)?.contains(false) ?? true
  }

  /// Granite 4 without state spaces: Granite under the names of the hybrid.
  package static let graniteFourDense = graniteFour(name: "granite") {
    graniteKinds($0)?.contains(false) == false
  }

  private static func graniteFour(
    name: String, applies: @escaping @Sendable (Configuration) -> Bool
  ) -> Architecture {
    var hyperparameters = granite.hyperparameters + graniteMoEWidths + graniteMixer
    hyperparameters = hyperparameters.replacing(
      HyperparameterRule("{arch}.attention.head_count_kv") { (configuration) throws(ModelError) in
        let heads = try configuration.keyValueHeadCount()
        guard let kinds = graniteKinds(configuration) else { return .uint32(UInt32(heads)) }
        return .array(.int32(kinds.map { $0 ? Int32(clamping: heads) : 0 }))
      })
    if name == "granitehybrid" {
      // No limit is known where there are no positions.
      hyperparameters = hyperparameters.replacing(
        .constant("{arch}.context_length", .uint32(1 << 20)))
    }
    return Architecture(
      name: name, configurationNames: ["GraniteMoeHybridForCausalLM"], defaults: granite.defaults,
      hyperparameters: hyperparameters,
      tensors: graniteMoE.tensors.filter { !$0.source.text.contains("shared_mlp") }
        + (name == "granite" ? graniteDenseNetwork : graniteSharedExpert)
        + TensorRule.mamba2Mixer("model.layers.{n}.mamba."),
      closing: granite.closing, vocabulary: VocabularyKind(.bytePair, multiple: 8),
      traits: DecoderTraits {
        $0.dividesByLogitScale = true
        $0.rotatesIfFinetuned = true
      }, applies: applies)
  }

  /// Which layers have attention; nil where `config.json` does not say.
  private static func graniteKinds(_ configuration: Configuration) -> [Bool]? {
    configuration["layer_types", "layers_block_type"]?.array?.map {
      $0.text == "attention" || $0.text == "full_attention"
    }
  }

  private static let graniteMoEWidths: [HyperparameterRule] = [
    .count("{arch}.expert_shared_feed_forward_length", "shared_intermediate_size")
  ]

  private static let graniteMixer: [HyperparameterRule] = [
    .count("{arch}.ssm.conv_kernel", "mamba_d_conv"),
    .count("{arch}.ssm.state_size", "mamba_d_state"),
    .count("{arch}.ssm.group_count", "mamba_n_groups"),
    .count("{arch}.ssm.inner_size") { (configuration) throws(ModelError) in
      try configuration.count("mamba_n_heads") * configuration.count("mamba_d_head")
    }, .count("{arch}.ssm.time_step_rank", "mamba_n_heads"),
    HyperparameterRule("{arch}.rope.scaling.finetuned") { configuration in
      .bool(graniteKinds(configuration)?.contains(false) == false)
    },
  ]

  private static func halves(_ names: [String]) -> [TensorRule] {
    [
      TensorRule(
        "model.layers.{n}.shared_mlp.input_linear.weight",
        outputs: [
          .init("blk.{n}.\(names[0]).weight", [.part(0, of: 2)]),
          .init("blk.{n}.\(names[1]).weight", [.part(1, of: 2)]),
        ]), .layer("shared_mlp.output_linear.weight", "\(names[2]).weight"),
    ]
  }
  private static let graniteDenseNetwork = halves(["ffn_gate", "ffn_up", "ffn_down"])
  private static let graniteSharedExpert = halves([
    "ffn_gate_shexp", "ffn_up_shexp", "ffn_down_shexp",
  ])
}
