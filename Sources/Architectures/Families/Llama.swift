internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

extension Architecture {
  /// Llama 1 to 3.
  package static let llama = Architecture(
    name: "llama",
    configurationNames: [
      "LlamaForCausalLM", "LLaMAForCausalLM", "VLlama3ForCausalLM",
      "LlavaForConditionalGeneration",
      "IQuestCoderForCausalLM", "VoxtralForConditionalGeneration", "JanusForConditionalGeneration",
      "LlamaModel",
    ], computations: [.llama, .llava, .iQuestCoder],
    defaults: [
      ConfigurationDefault("num_attention_heads", 32), .headWidth, .keyValueHeads,
      ConfigurationDefault("rms_norm_eps", 1e-6),
      ConfigurationDefault("max_position_embeddings", 2048), .ropeBase(10_000),
    ],
    hyperparameters: HyperparameterRule.common + [
      .count("{arch}.vocab_size", "vocab_size"),
      .count("{arch}.rope.dimension_count") { (configuration) throws(ModelError) in
        try configuration.headWidth()
      },
    ],
    tensors: TensorRule.embeddings() + TensorRule.attention(.permuteQuery, .permuteKey)
      + TensorRule.attentionNorm() + TensorRule.feedForwardNorm() + TensorRule.gatedFeedForward
      + TensorRule.blockSparseExperts,
    generated: [.ropeFrequencies],
    closing: [
      // CodeLlama's token for the end of an infill, and small Granite models.
      .count("tokenizer.ggml.eot_token_id") { configuration in
        configuration["vocab_size"]?.integer == 32_016 ? 32_010 : nil
      },
      HyperparameterRule("tokenizer.ggml.add_bos_token") { configuration in
        configuration["vocab_size"]?.integer == 49_152 ? .bool(false) : nil
      },
    ],
    export: .llama, vocabulary: VocabularyKind(.sentencePiece, readsSpacePrefix: true),
    traits: DecoderTraits {
      $0.windowed = .all
    },
    // SmolVLM keeps its text model under a name of its own.
    names: TensorNames {
      $0.wrappers.append("text_model.")
      // Janus makes images, too.
      $0.leftOut.append(
        .init(
          kind: "of the image generator",
          prefixes: ["model.aligner.", "model.vqmodel.", "model.generation_"]))
    },
    quantization: QuantizationTraits { $0.isLarge = { $0 == 80 && $1 } })
}

extension Architecture {
  /// Llama that sees both sides, for embeddings of texts.
  package static let llamaEmbed = llama.with(
    name: "llama-embed", configurationNames: ["LlamaBidirectionalModel"],
    computations: [.llamaEmbed],
    defaults: llama.defaults)

  /// The text model of Sarashina 2.2 Vision: Llama within a wrapper of another name.
  package static let sarashina2 = Architecture(
    name: "llama", configurationNames: ["Sarashina2VisionForCausalLM"], defaults: llama.defaults,
    hyperparameters: llama.hyperparameters, tensors: llama.tensors, generated: llama.generated,
    closing: llama.closing, vocabulary: llama.vocabulary,
    names: TensorNames {
      $0.wrappers.append("llm.")
      $0.leftOut.append(.init(kind: "of the vision tower", prefixes: ["norm."]))
    })
}

extension GeneratedTensor {
  /// Factors by which Llama 3 divides the frequencies of the rotary embedding, one for each pair.
  ///
  /// Long waves are slowed by `factor`, short ones kept, those between blended. The arithmetic is that
  /// of PyTorch, step by step in single precision: a quotient is a product with the reciprocal.
  static let ropeFrequencies = GeneratedTensor("rope_freqs.weight") {
    (configuration) throws(ModelError) in
    guard configuration.ropeType?.lowercased() == "llama3" else { return nil }
    let rope = configuration.fullRope
    func number(_ key: ByteString, _ otherwise: Double) throws(ModelError) -> Float {
      Float(try Configuration.number(rope[key], [key]) ?? otherwise)
    }
    let base = try number("rope_theta", 10_000)
    let factor = try number("factor", 8)
    let low = try number("low_freq_factor", 1)
    let high = try number("high_freq_factor", 4)
    let context = try number("original_max_position_embeddings", 8192)
    let width = try configuration.headWidth()
    return stride(from: 0, to: width, by: 2).map { index in
      let frequency = 1 / Float(pow(Double(base), Double(Float(index) / Float(width))))
      let wave = (1 / frequency) * Float(2 * Double.pi)
      if wave < context / high { return 1 }
      if wave > context / low { return factor }
      let smooth = ((1 / wave) * context - low) / (high - low)
      return 1 / ((1 - smooth) / factor + smooth)
    }
  }
}

extension ConfigurationExport {
  /// Llama 1 to 3, and what is built like them.
  static let llama = ConfigurationExport(
    { $0.integer("expert_count") ?? 0 > 0 ? nil : .init("llama", "LlamaForCausalLM") },
    [.attentionBias, .networkBias])
}

extension FamilyComputation {
  /// Llama's layers, of which the code beside the checkpoints can do more.
  static let iQuestCoder = FamilyComputation(
    "IQuestCoderForCausalLM",
    rules: [.activation(), .epsilon(otherwise: 1e-6), .rotary(), .causal], sizes: decoderSizes,
    incidental: ["max_window_layers"],
    refusals: [
      .wherePresent("clip_qkv", "bounds of queries, keys and values"),
      .whereTrue("use_sliding_window", "a sliding window"),
    ], optionalTensors: projections(attention: "attention_bias", network: "mlp_bias"))

  /// Llama that sees both sides; llama.cpp's graph of it has one activation.
  static let llamaEmbed = FamilyComputation(
    "LlamaBidirectionalModel", rules: [], sizes: describedKeys,
    incidental: ["is_causal", "pooling", "temperature"],
    refusals: KeyRefusal.ropeKinds("linear", "yarn", "llama3") + [
      .fixed("hidden_act", "silu", "swish")
    ],
    optionalTensors: projections(attention: "attention_bias", network: "mlp_bias"))
}
