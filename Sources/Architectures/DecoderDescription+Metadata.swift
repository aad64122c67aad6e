internal import WeighbridgeByteIO
package import WeighbridgeModelIR

extension DecoderDescription {
  /// Describes a model by its metadata (GGUF's keys) and the names of its tensors.
  ///
  /// Throws where the architecture is unknown, a number is missing or beyond what can be meant.
  package init(_ model: Model) throws(ModelError) {
    let facts = try DecoderFacts(model)
    let family = facts.family
    let kind: Normalization.Kind = family.norm
    let key: ByteString =
      kind == .layer ? "attention.layer_norm_epsilon" : "attention.layer_norm_rms_epsilon"
    self.init(
      architecture: family.name, width: facts.width,
      vocabularySize: facts.rows("token_embd.weight") ?? 0,
      contextLength: try facts.optionalCount("context_length"),
      normalization: Normalization(kind: kind, epsilon: facts.float(key) ?? 1e-5),
      layers: [])
    guard vocabularySize > 0 else {
      throw ModelError(.missingTensor, "token_embd.weight", "the model has no embedding")
    }
    embedding = Embedding(
      scale: facts.float("embedding_scale")
        ?? (family.scalesEmbedding ? Float(width).squareRoot() : 1),
      positions: facts.rows("position_embd.weight"),
      hasTokenTypes: facts.has("token_types.weight"),
      isNormalized: facts.has("token_embd_norm.weight"))
    head.weight = facts.has("output.weight") ? "output.weight" : "token_embd.weight"
    if family.isEncoder {
      head.weight = nil
      isCausal = false
    }
    head.isNormalized = facts.has("output_norm.weight")
    head.softcap = facts.nonZero("final_logit_softcapping")
    if let scale = facts.nonZero("logit_scale") {
      head.scale = family.dividesByLogitScale ? 1 / scale : scale
    }
    for index in 0..<facts.layerCount { layers.append(try facts.layer(index)) }
  }
}

/// Metadata and tensors of a model, read with checks, and what follows from them.
struct DecoderFacts {
  /// The entry of the architecture.
  let family: DecoderFamily
  /// Elements of a hidden state.
  private(set) var width = 0
  /// Number of layers.
  private(set) var layerCount = 0
  private let metadata: Metadata
  private let tensors: [ByteString: TensorShape]

  /// The most that any dimension or count may be: products of two and some sums still fit.
  private static let limit = 1 << 28

  /// Reads what everything else needs.
  init(_ model: Model) throws(ModelError) {
    guard let name = model.metadata["general.architecture"]?.string else {
      throw ModelError(
        .missingMetadata, "general.architecture", "the model does not say what it is")
    }
    guard let family = DecoderFamily.named(name.text) else {
      throw ModelError(
        .unsupportedArchitecture, "general.architecture",
        "models of architecture '\(name.text)' cannot be run here")
    }
    self.family = family
    metadata = model.metadata
    var tensors: [ByteString: TensorShape] = [:]
    for tensor in model.tensors { tensors[tensor.name] = tensor.layout.shape }
    self.tensors = tensors
    width = try count("embedding_length")
    layerCount = try count("block_count")
  }

  /// Whether a tensor is there.
  func has(_ tensor: String) -> Bool { tensors[ByteString(tensor)] != nil }

  /// Rows of a tensor, if it is there.
  func rows(_ tensor: String) -> Int? { tensors[ByteString(tensor)]?.rowCount }

  /// Elements of a tensor's rows, if it is there.
  func rowLength(_ tensor: String) -> Int? { tensors[ByteString(tensor)]?.rowLength }

  /// Elements of a tensor, if it is there.
  func elements(_ tensor: String) -> Int? { tensors[ByteString(tensor)]?.elementCount }

  private func value(_ key: ByteString) -> MetadataValue? {
    metadata["\(family.name).\(key)"]
  }

  /// A number, if it is there.
  func float(_ key: ByteString) -> Float? { value(key)?.float }

  /// A number that counts only where it is not zero.
  func nonZero(_ key: ByteString) -> Float? {
    float(key).flatMap { $0 != 0 && $0.isFinite ? $0 : nil }
  }

  /// A truth value, if it is there.
  func bool(_ key: ByteString) -> Bool? { value(key)?.bool }

  /// A text, if it is there.
  func text(_ key: ByteString) -> String? { value(key)?.string?.text }

  /// A positive number that must be there.
  func count(_ key: ByteString) throws(ModelError) -> Int {
    guard let count = try optionalCount(key) else {
      throw ModelError(.missingMetadata, "\(family.name).\(key)", "the key is missing")
    }
    return count
  }

  /// A positive number.
  func optionalCount(_ key: ByteString, layer: Int? = nil) throws(ModelError) -> Int? {
    guard let value = value(key) else { return nil }
    let number: Int?
    if let layer, let list = value.array?.integers {
      number = list.indices.contains(layer) ? list[layer] : nil
    } else {
      number = value.integer
    }
    guard let number, number >= 0, number <= DecoderFacts.limit else {
      throw ModelError(
        .invalidMetadata, "\(family.name).\(key)",
        "a number from 1 to \(DecoderFacts.limit) is expected\(layer.map { " for layer \($0)" } ?? "")"
      )
    }
    return number == 0 ? nil : number
  }

  /// A number for each layer or one for all, as a truth value where it is one.
  func flag(_ key: ByteString, layer: Int) -> Bool? {
    switch value(key) {
    case .bool(let flag): flag
    case .array(.bool(let flags)): flags.indices.contains(layer) ? flags[layer] : nil
    case .array(let list):
      list.integers.flatMap { $0.indices.contains(layer) ? $0[layer] != 0 : nil }
    default: nil
    }
  }
}
