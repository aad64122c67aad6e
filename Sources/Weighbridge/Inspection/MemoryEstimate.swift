internal import WeighbridgeByteIO
internal import WeighbridgeJSON
package import WeighbridgeModelIR

/// What it takes to run a model with a context, as llama.cpp lays it out: all weights, a key and a
/// value of 16 bits per layer, KV head and position, and the activations of a batch of 512 tokens.
package struct MemoryEstimate {
  package let context: Int
  package let weights: UInt64
  package let keysAndValues: UInt64
  package let activations: UInt64

  /// The parts with their labels.
  package var parts: [(String, UInt64)] {
    [("weights", weights), ("keys and values, F16", keysAndValues), ("activations", activations)]
  }

  /// The sum of the parts.
  package var total: UInt64 { weights + keysAndValues + activations }

  package init(_ model: Model, context: Int) throws(ModelError) {
    let inspection = Inspection(model, path: "")
    func need(_ key: String, _ configuration: String) throws(ModelError) -> Int {
      guard let value = inspection.hyperparameter(key, configuration),
        (1..<(1 << 31)).contains(value)
      else {
        throw ModelError(
          .missingMetadata, key,
          "needed to estimate memory, and neither in the metadata nor in config.json")
      }
      return value
    }
    let layers = try need("block_count", "num_hidden_layers")
    let width = try need("embedding_length", "hidden_size")
    let heads = try need("attention.head_count", "num_attention_heads")
    let kvHeads =
      inspection.hyperparameter("attention.head_count_kv", "num_key_value_heads") ?? heads
    let headWidth = width / max(heads, 1)
    let keyWidth = inspection.hyperparameter("attention.key_length", "head_dim") ?? headWidth
    let valueWidth = inspection.hyperparameter("attention.value_length", "head_dim") ?? headWidth
    let feedForward =
      inspection.hyperparameter("feed_forward_length", "intermediate_size") ?? 4 * width
    let vocabulary =
      model.metadata["tokenizer.ggml.tokens"]?.array?.count
      ?? inspection.hyperparameter("vocab_size", "vocab_size") ?? 0
    let batch = min(512, context)
    self.context = context
    weights = model.tensorBytes
    keysAndValues = Self.product([layers, context, kvHeads, keyWidth + valueWidth, 2])
    activations = Self.product([batch, 4 * width + 2 * feedForward + vocabulary, 4])
  }

  /// A product that stops at the largest number instead of overflowing.
  private static func product(_ factors: [Int]) -> UInt64 {
    factors.reduce(UInt64(1)) { result, factor in
      let (value, overflow) = result.multipliedReportingOverflow(by: UInt64(max(factor, 0)))
      return overflow ? UInt64(1) << 62 : min(value, 1 << 62)
    }
  }
}
