internal import WeighbridgeByteIO
package import WeighbridgeModelIR

/// Metadata and tensors of a model, read with checks: what its layers are described from.
package struct DecoderFacts: Sendable {
  /// `general.architecture`.
  package let name: String
  /// What no metadata says.
  package let traits: DecoderTraits
  /// Elements of a hidden state.
  package private(set) var width = 0
  /// Number of layers, those that predict further tokens included.
  package private(set) var layerCount = 0
  private let metadata: Metadata
  private let tensors: [ByteString: TensorShape]

  /// The most that any dimension or count may be: products of two and some sums still fit.
  package static let limit = 1 << 28

  /// Reads what everything else needs; throws where the architecture cannot be run.
  package init(_ model: Model) throws(ModelError) {
    guard let name = model.metadata["general.architecture"]?.string else {
      throw ModelError(
        .missingMetadata, "general.architecture", "the model does not say what it is")
    }
    guard let traits = ArchitectureRegistry.traits(of: name.text) else {
      throw ModelError(
        .unsupportedArchitecture, "general.architecture",
        "models of architecture '\(name.text)' cannot be run here")
    }
    self.name = name.text
    self.traits = traits
    metadata = model.metadata
    var tensors: [ByteString: TensorShape] = [:]
    for tensor in model.tensors { tensors[tensor.name] = tensor.layout.shape }
    self.tensors = tensors
    width = try count("embedding_length")
    layerCount = try count("block_count")
  }

  /// Whether a tensor is there.
  package func has(_ tensor: String) -> Bool { tensors[ByteString(tensor)] != nil }

  /// Rows of a tensor, if it is there.
  package func rows(_ tensor: String) -> Int? { tensors[ByteString(tensor)]?.rowCount }

  /// Elements of a tensor's rows, if it is there.
  package func rowLength(_ tensor: String) -> Int? { tensors[ByteString(tensor)]?.rowLength }

  /// Elements of a tensor, if it is there.
  package func elements(_ tensor: String) -> Int? { tensors[ByteString(tensor)]?.elementCount }

  /// The name of a key: `llama.attention.head_count`.
  package func key(_ key: String) -> String { "\(name).\(key)" }

  private func value(_ key: String) -> MetadataValue? { metadata[ByteString("\(name).\(key)")] }

  /// A number, if it is there: that of a layer where there is one for each.
  package func float(_ key: String, layer: Int? = nil) -> Float? {
    let value = value(key)
    guard let layer, let list = value?.array?.floats else { return value?.float }
    return list.indices.contains(layer) ? list[layer] : nil
  }

  /// A number that counts only where it is not zero.
  package func nonZero(_ key: String, layer: Int? = nil) -> Float? {
    float(key, layer: layer).flatMap { $0 != 0 && $0.isFinite ? $0 : nil }
  }

  /// A truth value, if it is there.
  package func bool(_ key: String) -> Bool? { value(key)?.bool }

  /// A text, if it is there.
  package func text(_ key: String) -> String? { value(key)?.string?.text }

  /// A positive number that must be there.
  package func count(_ key: String, layer: Int? = nil) throws(ModelError) -> Int {
    guard let count = try optionalCount(key, layer: layer) else {
      throw ModelError(.missingMetadata, self.key(key), "the key is missing, or zero")
    }
    return count
  }

  /// A positive number: that of a layer where there is one for each; nil where it is zero.
  package func optionalCount(_ key: String, layer: Int? = nil) throws(ModelError) -> Int? {
    guard let value = value(key) else { return nil }
    let number: Int?
    if let layer, let list = value.array?.integers {
      number = list.indices.contains(layer) ? list[layer] : nil
    } else {
      number = value.integer
    }
    guard let number, number >= 0, number <= DecoderFacts.limit else {
      throw ModelError(
        .invalidMetadata, self.key(key),
        "a number from 1 to \(DecoderFacts.limit) is expected\(layer.map { " for layer \($0)" } ?? "")"
      )
    }
    return number == 0 ? nil : number
  }

  /// A number for each layer or one for all, as a truth value where it is one.
  package func flag(_ key: String, layer: Int) -> Bool? {
    switch value(key) {
    case .bool(let flag): flag
    case .array(.bool(let flags)): flags.indices.contains(layer) ? flags[layer] : nil
    case .array(let list):
      list.integers.flatMap { $0.indices.contains(layer) ? $0[layer] != 0 : nil }
    default: nil
    }
  }
}
