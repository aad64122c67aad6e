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
    func number(_ key: String, _ configuration: String, _ layer: Int) -> Int? {
      inspection.hyperparameter(key, configuration, layer: layer)
    }
    let first = number("attention.head_count", "num_attention_heads", 0)
    let heads: Int
    if let first {
      heads = first
    } else {
      heads = try need("attention.head_count", "num_attention_heads")
    }
    guard layers <= ArchitectureKeys.limit, heads > 0 else {
      throw ModelError(.invalidMetadata, "block_count", "\(layers) layers of \(heads) heads")
    }
    // One number for all layers, or one for each: those of hybrids without attention are zero.
    let varies = ["attention.head_count_kv", "feed_forward_length"].contains {
      ArchitectureKeys(model.metadata)[ByteString($0)]?.array != nil
    }
    var cache: UInt64 = 0
    var feedForward = 0
    for layer in 0..<(varies ? min(layers, Self.mostLayers) : 1) {
      let kvHeads = number("attention.head_count_kv", "num_key_value_heads", layer) ?? heads
      let headWidth = width / heads
      let keyWidth = number("attention.key_length", "head_dim", layer) ?? headWidth
      let valueWidth = number("attention.value_length", "head_dim", layer) ?? headWidth
      cache += Self.product([varies ? 1 : layers, context, kvHeads, keyWidth + valueWidth, 2])
      cache = min(cache, 1 << 62)
      feedForward = max(
        feedForward, number("feed_forward_length", "intermediate_size", layer) ?? 4 * width)
    }
    let vocabulary =
      model.metadata["tokenizer.ggml.tokens"]?.array?.count
      ?? inspection.hyperparameter("vocab_size", "vocab_size") ?? 0
    let batch = min(512, context)
    self.context = context
    weights = model.tensorBytes
    keysAndValues = cache
    activations = Self.product([batch, 4 * width + 2 * feedForward + vocabulary, 4])
  }

  /// The most layers that are looked at one by one.
  private static let mostLayers = 1 << 16

  /// A product that stops at the largest number instead of overflowing.
  private static func product(_ factors: [Int]) -> UInt64 {
    factors.reduce(UInt64(1)) { result, factor in
      let (value, overflow) = result.multipliedReportingOverflow(by: UInt64(max(factor, 0)))
      return overflow ? UInt64(1) << 62 : min(value, 1 << 62)
    }
  }
}
