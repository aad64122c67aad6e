package import WeighbridgeByteIO
package import WeighbridgeJSON
package import WeighbridgeModelIR

/// What a GGUF model says of itself, for the way back to a checkpoint.
package struct ExportFacts: Sendable {
  private let keys: ArchitectureKeys
  private let tensors: [ByteString: Tensor]

  /// Looks at a model in GGUF's names.
  package init(_ model: Model) {
    keys = ArchitectureKeys(model.metadata)
    var tensors: [ByteString: Tensor] = [:]
    for tensor in model.tensors { tensors[tensor.name] = tensor }
    self.tensors = tensors
  }

  /// `general.architecture`.
  package var name: String { keys.name }

  /// All metadata.
  package var metadata: Metadata { keys.metadata }

  /// The value of a key of the architecture: `attention.head_count`.
  package subscript(suffix: ByteString) -> MetadataValue? { keys[suffix] }

  /// Whether the output has weights of its own.
  package var hasOutput: Bool { has("output.weight") }

  /// The number of tokens that have embeddings.
  package var vocabularySize: Int? { rows("token_embd.weight") }

  /// An integer; the first where there is one for each layer.
  func integer(_ suffix: ByteString) -> Int? { keys.integer(suffix) }

  /// A number: the shortest decimal that is this number in single precision.
  func number(_ suffix: ByteString) -> Double? { keys.float(suffix).flatMap { Double("\($0)") } }

  /// Whether a tensor is there.
  func has(_ tensor: String) -> Bool { tensors[ByteString(tensor)] != nil }

  /// The shape of a tensor, outermost dimension first.
  func shape(_ tensor: String) -> [Int]? { tensors[ByteString(tensor)]?.layout.shape.dimensions }

  /// The rows of a tensor next to its last dimension.
  func rows(_ tensor: String) -> Int? {
    guard let shape = shape(tensor), shape.count >= 2 else { return nil }
    return shape[shape.count - 2]
  }

  /// The elements of a small tensor.
  func floats(_ tensor: String) throws(ModelError) -> [Float]? {
    guard let tensor = tensors[ByteString(tensor)], let rows = FloatRows(tensor.payload),
      tensor.layout.shape.elementCount < 1 << 20
    else { return nil }
    do { return try rows.read(rows: 0..<tensor.layout.rowCount) } catch {
      throw ModelError(.unsupportedEncoding, "tensor '\(tensor.name)'", error.message)
    }
  }

  /// The width of a head.
  var headWidth: Int? {
    if let width = integer("attention.key_length"), width > 0 { return width }
    guard let width = integer("embedding_length"), let heads = integer("attention.head_count"),
      heads > 0
    else { return nil }
    return width / heads
  }
}

extension ExportFacts {
  /// `rope_theta`, in the style of version 4, which version 5 reads too.
  package var ropeBase: JSONValue? { number("rope.freq_base").map { .double($0) } }

  /// `rope_scaling`; nil where the rotary embedding is plain.
  package func ropeScaling() throws(ModelError) -> JSONValue? {
    if let factors = try floats("rope_freqs.weight") { return try llama3(factors) }
    var scaling = JSONObject()
    func copy(_ key: ByteString, _ suffix: ByteString) {
      if let value = number(suffix) { scaling[key] = .double(value) }
    }
    if let long = try floats("rope_factors_long.weight"),
      let short = try floats("rope_factors_short.weight")
    {
      scaling["rope_type"] = "longrope"
      scaling["long_factor"] = .array(long.map { .double(Double("\($0)") ?? 1) })
      scaling["short_factor"] = .array(short.map { .double(Double("\($0)") ?? 1) })
      return .object(scaling)
    }
    switch self["rope.scaling.type"]?.string {
    case "linear":
      scaling["rope_type"] = "linear"
      copy("factor", "rope.scaling.factor")
    case "yarn":
      scaling["rope_type"] = "yarn"
      copy("factor", "rope.scaling.factor")
      copy("beta_fast", "rope.scaling.yarn_beta_fast")
      copy("beta_slow", "rope.scaling.yarn_beta_slow")
      copy("attention_factor", "rope.scaling.yarn_attn_factor")
      copy("extrapolation_factor", "rope.scaling.yarn_ext_factor")
      if let length = integer("rope.scaling.original_context_length") {
        scaling["original_max_position_embeddings"] = .integer(length)
      }
      if let multiplier = number("rope.scaling.yarn_log_multiplier") {
        let scale = (multiplier * 1e6).rounded() / 1e5
        scaling["mscale"] = .double(scale)
        scaling["mscale_all_dim"] = .double(scale)
      }
    default: return nil
    }
    return scaling["factor"] == nil ? nil : .object(scaling)
  }

  /// Llama 3's parameters, of which GGUF keeps only the factors that follow: those that give the same.
  private func llama3(_ factors: [Float]) throws(ModelError) -> JSONValue {
    let base = number("rope.freq_base") ?? 10_000
    let largest = factors.max() ?? 1
    for (low, high, context) in [
      (1.0, 4.0, 8192.0), (1, 4, 4096), (1, 4, 32_768), (1, 32, 8192), (1, 1, 8192),
    ] {
      let scaling: JSONValue = [
        "rope_type": "llama3", "factor": .double(Double("\(largest)") ?? 1),
        "low_freq_factor": .double(low), "high_freq_factor": .double(high),
        "original_max_position_embeddings": .integer(Int(context)),
      ]
      let configuration = try Configuration([
        "rope_theta": .double(base), "rope_scaling": scaling,
        "head_dim": .integer(factors.count * 2),
      ])
      if try GeneratedTensor.ropeFrequencies.values(configuration) == factors { return scaling }
    }
    throw ModelError(
      .invalidMetadata, "tensor 'rope_freqs.weight'",
      "its factors are those of no known setting of Llama 3's rotary embedding")
  }
}
