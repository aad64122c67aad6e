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
}
