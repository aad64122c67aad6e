package import WeighbridgeByteIO
internal import WeighbridgeJSON
package import WeighbridgeModelIR

/// The keys of a `config.json`, sorted by what they are to a class of models.
package struct ConfigurationKeys: Sendable {
  /// Keys that are not known, have no effect, and are taken out before anything is read.
  package let unknown: [ByteString]
  /// Keys that ask for something that cannot be computed, and what that is.
  package let refused: [(key: ByteString, reason: String)]

  /// Sorts the keys.
  package init(_ configuration: Configuration, _ family: FamilyComputation) {
    let known = family.known
    var unknown: [ByteString] = []
    for member in configuration.object.members where !Self.isIncidental(member.key) {
      if !known.contains(member.key), !Self.isSilent(member.value) { unknown.append(member.key) }
    }
    self.unknown = unknown
    refused = family.refusals.compactMap { refusal in
      guard let value = configuration[refusal.key], let reason = refusal.reason(value) else {
        return nil
      }
      return (refusal.key, reason)
    }
  }

  /// Keys about training, tokens, files and programs: they say nothing of what is computed.
  package static let incidental: Set<ByteString> = [
    "architectures", "model_type", "torch_dtype", "dtype", "transformers_version", "use_cache",
    "auto_map", "custom_pipelines", "initializer_range", "initializer_factor", "init_device",
    "pretraining_tp", "gradient_checkpointing", "id2label", "label2id", "num_labels",
    "problem_type", "return_dict", "return_dict_in_generate", "torchscript", "quantization",
    "quantization_config",
    "compression_config", "pruned_heads", "is_encoder_decoder", "is_decoder", "add_cross_attention",
    "chunk_size_feed_forward", "tf_legacy_loss", "use_bfloat16", "finetuning_task", "prefix",
    "cross_attention_hidden_size", "tie_encoder_decoder", "tokenizer_class", "vocab_size",
    "text_config", "llm_config", "lm_config", "language_config", "vision_config", "audio_config",
    "tie_word_embeddings", "attn_implementation", "unsloth_version", "unsloth_fixed",
    "model_name", "name_or_path", "task_specific_params", "architecture",
    // Training of routers.
    "router_aux_loss_coef", "router_jitter_noise", "aux_loss_alpha", "seq_aux", "ep_size",
    "z_loss_coefficient",
    // Defaults of generation.
    "max_length", "min_length", "do_sample", "early_stopping", "num_beams", "num_beam_groups",
    "diversity_penalty", "temperature", "top_k", "top_p", "typical_p", "repetition_penalty",
    "length_penalty", "no_repeat_ngram_size", "encoder_no_repeat_ngram_size", "bad_words_ids",
    "num_return_sequences", "remove_invalid_values", "exponential_decay_length_penalty",
    "suppress_tokens", "begin_suppress_tokens", "max_new_tokens", "cache_implementation",
  ]
  private static let beginnings: [ByteString] = ["_", "output_", "summary_"]
  private static let endings: [ByteString] = [
    "_token_id", "dropout", "_pdrop", "_dropout_prob", "_drop", "_token_ids",
  ]

  /// Whether a value switches off what it is about, whatever that is.
  private static func isSilent(_ value: JSONValue) -> Bool {
    switch value {
    case .null, .bool(false): true
    case .array(let values): values.isEmpty
    case .object(let object): object.members.isEmpty
    case .bool, .integer, .unsigned, .double, .string: false
    }
  }

  /// Whether a key says nothing of what is computed, in no family.
  package static func isIncidental(_ key: ByteString) -> Bool {
    incidental.contains(key) || beginnings.contains { key.hasPrefix($0) }
      || endings.contains { key.hasSuffix($0) }
  }
}

extension FamilyComputation {
  /// Keys that count or are named incidental in the family.
  package var known: Set<ByteString> {
    var keys = sizes.union(incidental)
    for rule in rules { keys.formUnion(rule.keys) }
    keys.formUnion(refusals.map(\.key))
    keys.formUnion(optionalTensors.compactMap(\.key))
    return keys
  }

  /// What the family computes of a configuration; keys that `accepted` names count as readers of GGUF
  /// take them, where they cannot be computed.
  package func computation(
    _ configuration: Configuration, accepted: Set<String>
  ) throws(ModelError) -> [ConfiguredComputation] {
    var result: [ConfiguredComputation] = []
    for rule in rules {
      let present = rule.keys.filter { configuration.has($0) }
      let named = (present.isEmpty ? Array(rule.keys.prefix(1)) : present).map(\.text)
      do throws(ModelError) {
        result.append(
          ConfiguredComputation(keys: named, settings: try rule.settings(configuration)))
      } catch {
        guard !named.contains(where: { accepted.contains($0) }) else { continue }
        let way = named.first.map { "--accept \($0) leaves it to what readers of GGUF assume" }
        throw ModelError(
          error.code, error.subject, error.message,
          hint: [error.hint, way].compactMap(\.self).joined(separator: "; "))
      }
    }
    return result
  }
}
