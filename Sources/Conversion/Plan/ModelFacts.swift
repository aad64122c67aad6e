internal import WeighbridgeArchitectures
internal import WeighbridgeByteIO
internal import WeighbridgeEncodings
internal import WeighbridgeModelIR

/// The few numbers of a model that recipes ask for.
///
/// A model that lacks one gets the harmless value: recipes work on families nobody has heard of.
struct ModelFacts {
  /// What quantizing the family differs in.
  let traits: QuantizationTraits
  let layerCount: Int
  let expertCount: Int
  let queriesPerKey: Int
  let is70B: Bool

  init(_ metadata: Metadata) {
    let keys = ArchitectureKeys(metadata)
    let architecture = ByteString(keys.name)
    func number(_ key: ByteString) -> Int { max(0, keys.integer(key) ?? 0) }
    let heads = number("attention.head_count")
    let keyHeads =
      keys["attention.head_count_kv"] == nil
      ? heads : number("attention.head_count_kv")
    traits =
      ArchitectureRegistry.quantization(of: architecture.text) ?? QuantizationTraits()
    self.layerCount = number("block_count")
    self.expertCount = number("expert_count")
    self.queriesPerKey = keyHeads > 0 ? heads / keyHeads : 0
    self.is70B = traits.isLarge(layerCount, heads != keyHeads)
  }

  var isFalcon: Bool { traits.isFalcon }

  /// Tensors that one family never gets below 8 bits (`llama_tensor_get_type_impl`, first lines).
  func pinned(_ name: ByteString) -> Encoding? {
    traits.eightBits.contains { name.text.contains($0) } ? .q8_0 : nil
  }

  /// Whether a tensor holds experts: it has three dimensions, and in one family a feed-forward role.
  func isExpert(_ role: TensorRole, _ shape: TensorShape) -> Bool {
    let dimensions = shape.dimensions
    guard dimensions.count >= 3, dimensions[dimensions.count - 3] > 1 else { return false }
    return !traits.expertsAreNetworks || [.up, .gate, .down].contains(role)
  }
}

/// Layers in GGUF names.
enum LayerName {
  /// The number in `blk.N.…`.
  static func layer(of name: ByteString) -> Int? {
    let prefix: ByteString = "blk."
    guard name.hasPrefix(prefix) else { return nil }
    let digits = name.bytes.dropFirst(prefix.count).prefix { (0x30...0x39).contains($0) }
    guard !digits.isEmpty, digits.count <= 6 else { return nil }
    return Int(String(decoding: digits, as: UTF8.self))
  }

  /// The name with another layer's number.
  static func renumbered(_ name: ByteString, to layer: Int) -> ByteString {
    let rest = name.bytes.dropFirst(4).drop { (0x30...0x39).contains($0) }
    return ByteString(Array("blk.\(layer)".utf8) + rest)
  }

  /// The order in which `llama-quantize` writes tensors: those outside layers first, then layer by
  /// layer, by bytes within (llama-model-loader.h, `weight_name_comparer`).
  static func precedes(_ left: ByteString, _ right: ByteString) -> Bool {
    let layers = (layer(of: left) ?? -1, layer(of: right) ?? -1)
    return layers.0 != layers.1 ? layers.0 < layers.1 : left < right
  }
}
