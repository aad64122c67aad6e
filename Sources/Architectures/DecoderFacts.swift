package import WeighbridgeByteIO
package import WeighbridgeModelIR

/// Metadata and tensors of a model, read with checks: what its layers are described from.
package struct DecoderFacts: Sendable {
  /// `general.architecture`.
  package let name: String
  /// What no metadata says.
  package private(set) var traits: DecoderTraits
  /// Elements of a hidden state.
  package private(set) var width = 0
  /// Number of layers, without those behind the last that predict further tokens: these are not run.
  package private(set) var layerCount = 0
  /// Number of layers of an encoder in front of them.
  package private(set) var encoderLayerCount = 0
  /// What the configuration of a checkpoint says over that.
  package let settings: [ComputationSetting]
  private let keys: ArchitectureKeys
  private let tensors: [ByteString: TensorShape]
  private let read = ReadKeys()

  /// Reads what everything else needs; throws where the architecture cannot be run.
  ///
  /// Without the configuration's settings it is what readers of GGUF take the model for.
  package init(_ model: Model, followsConfiguration: Bool = true) throws(ModelError) {
    settings = followsConfiguration ? model.computation.flatMap(\.settings) : []
    guard let name = model.metadata["general.architecture"]?.string else {
      throw ModelError(
        .missingMetadata, "general.architecture", "the model does not say what it is")
    }
    guard name != "clip" else {
      throw ModelError(
        .unsupportedArchitecture, "general.architecture",
        "this is a projector, which sees or hears for a text model; it computes no logits",
        hint: "give the text model's file")
    }
    guard let traits = ArchitectureRegistry.traits(of: name.text) else {
      throw ModelError(
        .unsupportedArchitecture, "general.architecture",
        "models of architecture '\(name.text)' cannot be run here")
    }
    self.name = name.text
    self.traits = traits
    keys = ArchitectureKeys(Self.exact(model.metadata))
    var tensors: [ByteString: TensorShape] = [:]
    for tensor in model.tensors { tensors[tensor.name] = tensor.layout.shape }
    self.tensors = tensors
    width = try count("embedding_length")
    let blocks = try count("block_count")
    // A layer has a tensor: lists by layer are as long as the file at most.
    for name in ["block_count", "decoder_block_count"] {
      guard let count = try optionalCount(name), count > model.tensors.count else { continue }
      throw ModelError(
        .invalidMetadata, key(name),
        "\(count) layers, but there are \(model.tensors.count) tensors",
        hint: "the metadata is of another model than the tensors")
    }
    let further = try optionalCount("nextn_predict_layers") ?? 0
    guard further < blocks else {
      throw ModelError(
        .invalidMetadata, key("nextn_predict_layers"),
        "\(further) of \(blocks) layers cannot be for further tokens")
    }
    layerCount = blocks - further
    if traits.encoderPrefix != nil {
      encoderLayerCount = layerCount
      layerCount = try optionalCount("decoder_block_count") ?? layerCount
    }
    if let name = model.tensors.lazy.map(\.name).first(where: { Self.layer(of: $0) >= blocks }) {
      throw ModelError(
        .invalidMetadata, key("block_count"),
        "\(blocks) layers, but tensor '\(name)' is of another",
        hint: "the metadata is of another model than the tensors")
    }
  }

  /// The layer that a tensor belongs to by its name; −1 for none.
  private static func layer(of name: ByteString) -> Int {
    guard name.hasPrefix("blk.") else { return -1 }
    let digits = name.bytes.dropFirst(4).prefix { (0x30...0x39).contains($0) }
    return Int(String(decoding: digits, as: UTF8.self)) ?? -1
  }

  /// Keys of the architecture that nobody has asked for so far, and that may bear on what is computed.
  package var unreadKeys: [ByteString] {
    let prefix = ByteString(name + ".")
    return keys.metadata.entries.lazy.map(\.key).filter { $0.hasPrefix(prefix) }.filter { key in
      let suffix = ByteString(Array(key.bytes.dropFirst(prefix.count)))
      return !read.contains(suffix) && !ReadKeys.isIncidental(metadata: suffix)
    }
  }

  /// What comes before the keys of what a checkpoint says and GGUF has no place for.
  package static let exactPrefix = "checkpoint."

  /// The metadata with what a checkpoint says in place of what GGUF would.
  private static func exact(_ metadata: Metadata) -> Metadata {
    let prefix = ByteString(exactPrefix)
    var result = metadata
    for entry in metadata.entries where entry.key.hasPrefix(prefix) {
      result[ByteString(Array(entry.key.bytes.dropFirst(prefix.count)))] = entry.value
    }
    return result
  }

  /// The encoder in front of the layers as a model of its own; nil where there is none.
  package var encoder: DecoderFacts? {
    guard let prefix = traits.encoderPrefix else { return nil }
    var facts = self
    facts.traits.encoderPrefix = nil
    facts.traits.layerPrefix = prefix
    facts.traits.isEncoder = true
    facts.layerCount = encoderLayerCount
    facts.encoderLayerCount = 0
    return facts
  }

  /// The same for a reader that follows every key of a file, also those that readers know for some
  /// architectures alone.
  package var followingEveryKey: DecoderFacts {
    var facts = self
    facts.traits.readsRamp = true
    return facts
  }

  private func asked(_ key: String) -> ByteString {
    let key = ByteString(key)
    read.insert(key)
    return key
  }

  /// Whether a tensor is there.
  package func has(_ tensor: String) -> Bool { tensors[ByteString(tensor)] != nil }

  /// Rows of a tensor, if it is there.
  package func rows(_ tensor: String) -> Int? { tensors[ByteString(tensor)]?.rowCount }

  /// Elements of a tensor's rows, if it is there.
  package func rowLength(_ tensor: String) -> Int? { tensors[ByteString(tensor)]?.rowLength }

  /// Elements of a tensor, if it is there.
  package func elements(_ tensor: String) -> Int? { tensors[ByteString(tensor)]?.elementCount }

  /// Whether a key is there, whatever its value.
  package func has(key: String) -> Bool { keys[asked(key)] != nil }

  /// How elements of a head turn in pairs: in halves where positions have several axes, for which GGUF
  /// has no other kind.
  package var rotary: DecoderTraits.Pairing? {
    traits.rotary == .interleaved && has(key: "rope.dimension_sections") ? .halves : traits.rotary
  }

  /// The name of a key: `llama.attention.head_count`.
  package func key(_ key: String) -> String { keys.key(ByteString(key)).text }

  /// A number, if it is there: that of a layer where there is one for each.
  package func float(_ key: String, layer: Int? = nil) -> Float? {
    keys.float(asked(key), layer: layer)
  }

  /// A number under a key that has no architecture's name before it: that of a layer.
  package func globalFloat(_ key: String, layer: Int) -> Float? {
    let value = keys.metadata[ByteString(key)]
    return value?.array.map { $0.number(layer)?.float } ?? value?.float
  }

  /// A number that counts only where it is not zero.
  package func nonZero(_ key: String, layer: Int? = nil) -> Float? {
    keys.nonZero(asked(key), layer: layer)
  }

  /// A truth value, if it is there.
  package func bool(_ key: String) -> Bool? { keys.bool(asked(key)) }

  /// A text, if it is there.
  package func text(_ key: String) -> String? { keys.text(asked(key)) }

  /// A positive number that must be there.
  package func count(_ key: String, layer: Int? = nil) throws(ModelError) -> Int {
    try keys.count(asked(key), layer: layer)
  }

  /// A positive number: that of a layer where there is one for each; nil where it is zero.
  package func optionalCount(_ key: String, layer: Int? = nil) throws(ModelError) -> Int? {
    try keys.optionalCount(asked(key), layer: layer)
  }

  /// Whether a token sees only those before it.
  package var isCausal: Bool { bool("attention.causal") ?? !traits.isEncoder }

  /// A number for each layer or one for all, as a truth value where it is one.
  package func flag(_ key: String, layer: Int) -> Bool? {
    keys.flag(asked(key), layer: layer)
  }
}
