internal import Synchronization
internal import WeighbridgeByteIO

/// Which keys of a configuration were asked for: what is left over is not understood.
final class ReadKeys: Sendable {
  private let keys = Mutex<Set<ByteString>>([])

  func insert(_ key: ByteString) { _ = keys.withLock { $0.insert(key) } }

  func contains(_ key: ByteString) -> Bool { keys.withLock { $0.contains(key) } }

  /// Keys about training, tokens, files and programs, and those that `Configuration` reads itself.
  private static let incidental: Set<ByteString> = [
    "architectures", "model_type", "torch_dtype", "dtype", "transformers_version", "use_cache",
    "auto_map", "initializer_range", "tie_word_embeddings", "pretraining_tp", "hidden_act",
    "activation_function", "hidden_activation", "rope_theta", "rope_scaling", "rope_parameters",
    "partial_rotary_factor", "gradient_checkpointing", "id2label", "label2id", "problem_type",
    "return_dict", "torchscript", "quantization_config", "attention_bias", "mlp_bias",
    "pruned_heads",
    "is_decoder", "is_encoder_decoder", "add_cross_attention", "chunk_size_feed_forward",
    "tf_legacy_loss", "use_bfloat16", "vocab_size", "text_config", "finetuning_task", "prefix",
    "cross_attention_hidden_size", "tie_encoder_decoder", "tokenizer_class", "bad_words_ids",
  ]
  private static let endings: [ByteString] = [
    "_token_id", "dropout", "_pdrop", "_dropout_prob", "_drop",
  ]

  /// Whether a key says nothing of the network's shape.
  static func isIncidental(_ key: ByteString) -> Bool {
    incidental.contains(key) || key.hasPrefix("_") || key.hasPrefix("output_")
      || key.hasPrefix("summary_") || endings.contains { key.hasSuffix($0) }
  }

  /// Keys of GGUF that say nothing of what is computed over a text, that say again what the tensors' names
  /// and shapes say, or that count only beside others, which are read.
  private static let incidentalMetadata: Set<ByteString> = [
    "block_count", "context_length", "vocab_size", "feed_forward_length", "tensor_data_layout",
    "expert_feed_forward_length", "expert_shared_feed_forward_length", "expert_shared_count",
    "leading_dense_block_count", "interleave_moe_layer_step", "attention.head_count",
    "attention.head_count_kv", "attention.key_length", "attention.value_length",
    "attention.layer_norm_epsilon", "attention.layer_norm_rms_epsilon", "rope.scaling.finetuned",
    "rope.scaling.yarn_beta_fast", "rope.scaling.yarn_beta_slow", "rope.dimension_sections",
    "n_deepstack_layers", "rope.freq_base", "rope.dimension_count", "expert_count",
    "expert_used_count", "ssm.conv_kernel", "ssm.state_size", "ssm.group_count", "ssm.inner_size",
    "ssm.time_step_rank", "attention.recurrent_layers", "full_attention_interval",
    "attention.indexer.types", "embedding_length_per_layer_input", "classifier.output_labels",
    "classifier.pooling_type", "hidden_activation",
  ]

  /// Whether a key of GGUF, without the architecture's name, says nothing of what is computed.
  static func isIncidental(metadata key: ByteString) -> Bool { incidentalMetadata.contains(key) }
}
