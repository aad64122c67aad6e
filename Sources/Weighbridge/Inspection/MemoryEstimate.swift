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

  /// Estimates from headers; throws where neither the metadata nor `config.json` tell the shape.
  package init(_ model: Model, context: Int) throws(ModelError) {
    let inspection = Inspection(model, path: "")
    let layers = try Self.need("block_count", "num_hidden_layers", of: inspection)
    let width = try Self.need("embedding_length", "hidden_size", of: inspection)
    let heads = LayerNumbers(inspection, "attention.head_count", "num_attention_heads")
    let looked = 0..<min(layers, Self.mostLayers)
    guard let first = looked.lazy.compactMap({ heads[$0] }).first(where: { $0 > 0 }) else {
      throw Self.missing("attention.head_count")
    }
    let kvHeads = LayerNumbers(inspection, "attention.head_count_kv", "num_key_value_heads")
    let keys = LayerNumbers(inspection, "attention.key_length", "head_dim")
    let values = LayerNumbers(inspection, "attention.value_length", "head_dim")
    let feedForward = LayerNumbers(inspection, "feed_forward_length", "intermediate_size")
    // One number for all layers, or one for each: layers of hybrids without attention have zero heads.
    let varies = kvHeads.varies || feedForward.varies
    var cache: UInt64 = 0
    var widest = 0
    for layer in varies ? looked : 0..<1 {
      let keyWidth = keys[layer] ?? width / first
      let valueWidth = values[layer] ?? width / first
      cache += Self.product([
        varies ? 1 : layers, context, kvHeads[layer] ?? first, keyWidth + valueWidth, 2,
      ])
      cache = min(cache, 1 << 62)
      widest = max(widest, feedForward[layer] ?? 4 * width)
    }
    let vocabulary =
      model.metadata["tokenizer.ggml.tokens"]?.array?.count
      ?? LayerNumbers(inspection, "vocab_size", "vocab_size")[0] ?? 0
    self.context = context
    weights = model.tensorBytes
    keysAndValues = cache
    activations = Self.product([min(512, context), 4 * width + 2 * widest + vocabulary, 4])
  }

  /// The most layers that are looked at one by one.
  private static let mostLayers = 1 << 16

  private static func need(
    _ key: ByteString, _ configurationKey: ByteString, of inspection: Inspection
  ) throws(ModelError) -> Int {
    guard let value = LayerNumbers(inspection, key, configurationKey)[0], value > 0 else {
      throw missing(key)
    }
    return value
  }

  private static func missing(_ key: ByteString) -> ModelError {
    ModelError(
      .missingMetadata, key.text,
      "needed to estimate memory, and neither in the metadata nor in config.json")
  }

  /// A product that stops at the largest number instead of overflowing.
  private static func product(_ factors: [Int]) -> UInt64 {
    factors.reduce(UInt64(1)) { result, factor in
      let (value, overflow) = result.multipliedReportingOverflow(by: UInt64(max(factor, 0)))
      return overflow ? UInt64(1) << 62 : min(value, 1 << 62)
    }
  }
}

/// A hyperparameter of each layer, or one for all, read once.
private struct LayerNumbers {
  private let list: [Int]?
  private let single: Int?

  init(_ inspection: Inspection, _ key: ByteString, _ configurationKey: ByteString) {
    let value = ArchitectureKeys(inspection.model.metadata)[key]
    let configured =
      value == nil ? inspection.configuration?[configurationKey] : nil
    list = value?.array?.integers ?? configured?.array?.compactMap { $0.integer }
    single = value?.integer ?? configured?.integer
  }

  /// Whether there is one for each layer.
  var varies: Bool { list != nil }

  /// The number of a layer, from 0 to what products and sums of some still hold.
  subscript(layer: Int) -> Int? {
    guard let list else { return single.flatMap { Self.bounded($0) } }
    return list.indices.contains(layer) ? Self.bounded(list[layer]) : nil
  }

  private static func bounded(_ number: Int) -> Int? {
    (0..<(1 << 31)).contains(number) ? number : nil
  }
}
