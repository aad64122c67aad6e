internal import WeighbridgeByteIO
internal import WeighbridgeEncodings
internal import WeighbridgeJSON
package import WeighbridgeModelIR

/// What it takes to run a model, in bytes, as llama.cpp lays it out: all weights, the keys and values of
/// every position that a layer looks back to, and the activations of a batch.
public struct MemoryEstimate: Hashable, Sendable {
  /// What lies on a GPU, in bytes.
  public struct Share: Hashable, Sendable {
    /// Of the weights.
    public let weights: UInt64
    /// Of the keys and values.
    public let keysAndValues: UInt64
  }

  /// What was asked for, its types under the names that GGML has for them.
  public let request: MemoryRequest
  /// Bytes of all weights.
  public let weights: UInt64
  /// Bytes of the keys and values of all layers.
  public let keysAndValues: UInt64
  /// Bytes of what is computed at once.
  public let activations: UInt64
  /// Layers that keep no more than a window.
  public let slidingLayers: Int
  /// The context that the model was trained for, in tokens; nil where nothing says.
  public let trainedContext: Int?
  /// What of weights, and of keys and values, lies on the GPU; nil where nothing was said of one.
  public let onGPU: Share?

  /// The context in tokens.
  public var context: Int { request.context }
  /// The sum of the parts.
  public var total: UInt64 { weights + keysAndValues + activations }
  /// Bytes on the GPU, where activations are computed; nil where nothing was said of one.
  public var gpuTotal: UInt64? {
    onGPU.map { $0.weights + $0.keysAndValues + activations }
  }
  /// Bytes in the machine's memory beside a GPU; nil where nothing was said of one.
  public var hostTotal: UInt64? { gpuTotal.map { total - min(total, $0) } }

  /// Estimates from headers; throws where neither the metadata nor `config.json` tell the shape.
  package init(_ model: Model, _ request: MemoryRequest) throws(ModelError) {
    let keyType = try MemoryRequest.encoding(request.keyType)
    let valueType = try MemoryRequest.encoding(request.valueType)
    let inspection = Inspection(model, path: "")
    let layers = try Self.need("block_count", "num_hidden_layers", of: inspection)
    let width = try Self.need("embedding_length", "hidden_size", of: inspection)
    let heads = LayerNumbers(inspection, "attention.head_count", "num_attention_heads")
    let looked = 0..<min(layers, Self.mostLayers)
    let (keepsNothing, state) = (inspection.keepsNothing, RecurrentState(inspection, width: width))
    let most = looked.lazy.compactMap({ heads[$0] }).first { $0 > 0 }
    guard most != nil || state != nil || keepsNothing else {
      throw Self.missing("attention.head_count")
    }
    let first = most ?? 1
    let kvHeads = LayerNumbers(inspection, "attention.head_count_kv", "num_key_value_heads")
    let keys = LayerNumbers(inspection, "attention.key_length", "head_dim")
    let values = LayerNumbers(inspection, "attention.value_length", "head_dim")
    let feedForward = LayerNumbers(inspection, "feed_forward_length", "intermediate_size")
    let windows = SlidingWindows(model.metadata)
    // Latent attention keeps one compressed vector, and no values (llama-kv-cache.cpp, `is_mla`).
    let isLatent = ArchitectureKeys(model.metadata)["attention.key_length_mla"] != nil
    let onGPU = looked.suffix(max(0, min(layers, (request.gpuLayers ?? 0) - 1)))
    var (cache, gpuCache): (UInt64, UInt64) = (0, 0)
    var widest = 0
    for layer in looked {
      let positions = windows.positions(layer, context: request.context, batch: request.batch)
      let hasHeads = !keepsNothing && most != nil && heads[layer] != 0
      let count = hasHeads ? kvHeads[layer] ?? first : 0
      let kept = count == 0 && !keepsNothing ? state?.byteCount ?? 0 : 0
      let own =
        kept + Self.bytes(positions, count, keys[layer] ?? width / first, keyType)
        + (isLatent
          ? 0 : Self.bytes(positions, count, values[layer] ?? width / first, valueType))
      cache = min(cache + own, 1 << 62)
      if onGPU.contains(layer) { gpuCache = min(gpuCache + own, 1 << 62) }
      widest = max(widest, feedForward[layer] ?? 4 * width)
    }
    let vocabulary =
      model.metadata["tokenizer.ggml.tokens"]?.array?.count
      ?? LayerNumbers(inspection, "vocab_size", "vocab_size")[0] ?? 0
    var named = request
    (named.keyType, named.valueType) = (keyType.name, valueType.name)
    self.request = named
    weights = model.tensorBytes
    keysAndValues = cache
    activations = Self.product([
      min(request.batch, request.context), 4 * width + 2 * widest + vocabulary, 4,
    ])
    slidingLayers = windows.size == nil ? 0 : looked.count { windows.slides($0) }
    trainedContext = LayerNumbers(inspection, "context_length", "max_position_embeddings")[0]
    self.onGPU = request.gpuLayers.map { layers in
      Share(
        weights: Self.gpuWeights(model, onGPU, holdsOutput: layers > 0), keysAndValues: gpuCache)
    }
  }

  /// Bytes of keys or of values of a layer.
  private static func bytes(
    _ positions: Int, _ heads: Int, _ width: Int, _ encoding: Encoding
  ) -> UInt64 {
    let bits = product([positions, heads, width, encoding.bytesPerBlock])
    return bits / UInt64(max(1, encoding.elementsPerBlock))
  }

  /// Weights on the GPU: the last layers, and the output before any of them (llama-model.cpp,
  /// `load_tensors`, `i_gpu_start`); the token embeddings stay.
  private static func gpuWeights(
    _ model: Model, _ layers: Range<Int>.SubSequence, holdsOutput: Bool
  ) -> UInt64 {
    model.tensors.reduce(0) { sum, tensor in
      // GGUF's names, and those of checkpoints: blk.3., model.layers.3., transformer.h.3.
      let parts = tensor.name.text.split(separator: ".")
      let stacks: Set<Substring> = ["blk", "layers", "layer", "h", "block", "blocks"]
      let layer = zip(parts, parts.dropFirst()).lazy
        .compactMap { stacks.contains($0) ? Int($1) : nil }.first
      let outputs = ["output", "lm_head", "embed_out"]
      let isOutput = layer == nil && outputs.contains { parts.first?.hasPrefix($0) == true }
      let isThere = layer.map { layers.contains($0) } ?? (isOutput && holdsOutput)
      return isThere ? sum &+ tensor.layout.byteCount : sum
    }
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
  static func product(_ factors: [Int]) -> UInt64 {
    factors.reduce(UInt64(1)) { result, factor in
      let (value, overflow) = result.multipliedReportingOverflow(by: UInt64(max(factor, 0)))
      return overflow ? UInt64(1) << 62 : min(value, 1 << 62)
    }
  }
}

extension OpenedModel {
  /// Estimates the memory that running the model takes; headers only are read.
  ///
  /// - Parameter request: The context, and how keys and values are kept.
  /// - Returns: The parts and their sum, in bytes.
  /// - Throws: Where neither the metadata nor `config.json` tell the shape, or a type is none of a cache.
  public func memory(for request: MemoryRequest) throws(WeighbridgeError) -> MemoryEstimate {
    try publicly { try MemoryEstimate(model, request) }
  }
}

/// A hyperparameter of each layer, or one for all, read once.
struct LayerNumbers {
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
