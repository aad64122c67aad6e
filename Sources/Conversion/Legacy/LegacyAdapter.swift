internal import WeighbridgeByteIO
internal import WeighbridgeEncodings
internal import WeighbridgeModelIR

/// Low-rank adapters of 2023 (GGLA) as GGUF has them (GGML-27).
enum LegacyAdapter {
  /// `ggml.architecture` of an adapter's file.
  static let legacyName = "llama-lora"

  /// The two factors by their old and new endings.
  private static let factors = [(old: ".loraA", new: ".lora_a"), (old: ".loraB", new: ".lora_b")]

  /// The adapter: the same factors, the first turned round.
  static func canonicalModel(_ source: LegacySource) throws(ModelError) -> Model {
    let options = source.options
    guard options.rmsEpsilon == nil, options.ropeBase == nil, options.contextLength == nil,
      options.vocabulary == nil, !options.isVocabularyOnly
    else {
      throw ModelError(
        .invalidRequest, source.path, "an adapter has tensors and nothing else that could be set")
    }
    let rank = try source.positive("lora_r")
    var builder = LegacyMetadata(source, architecture: "llama")
    builder.metadata["general.type"] = .string("adapter")
    builder.metadata["adapter.type"] = .string("lora")
    builder.metadata["adapter.lora.alpha"] = .float32(Float(source.optional("lora_alpha") ?? 0))
    var result = Model(origin: source.model.origin, kind: .gguf, problems: source.model.problems)
    for tensor in source.model.tensors {
      result.tensors.append(try factor(tensor, rank: rank))
    }
    try checkPairs(result.tensors, source)
    result.metadata = builder.metadata
    result.problems += builder.problems
    return result
  }

  private static func factor(_ tensor: Tensor, rank: Int) throws(ModelError) -> Tensor {
    let text = tensor.name.text
    guard let kind = factors.first(where: { text.hasSuffix($0.old) }),
      let base = LegacyFamily.llama.newName(of: String(text.dropLast(kind.old.count)))
    else {
      throw ModelError(.unmappedTensor, text, "a LLaMA adapter has no tensor of this name")
    }
    let shape = tensor.layout.shape.dimensions
    guard shape.count == 2, shape[1] == rank else {
      throw ModelError(
        .shapeMismatch, text, "the shape is \(shape), and the header has a rank of \(rank)")
    }
    // The first factor is stored inputs by rank, and GGUF has it rank by inputs.
    var payload = tensor.payload
    if kind.old == factors[0].old {
      guard let turned = TransposedPayload(payload) else {
        throw ModelError(
          .unsupportedEncoding, text, "\(payload.layout.encoding.name) cannot be turned round")
      }
      payload = turned
    }
    return Tensor(name: ByteString(base + kind.new), payload: payload)
  }

  /// Each factor has its other.
  private static func checkPairs(_ tensors: [Tensor], _ source: LegacySource) throws(ModelError) {
    let names = Set(tensors.map(\.name.text))
    for name in names.sorted() {
      let isFirst = name.hasSuffix(factors[0].new)
      let other = name.dropLast(factors[0].new.count) + factors[isFirst ? 1 : 0].new
      guard names.contains(String(other)) else {
        throw ModelError(.missingTensor, source.path, "there is '\(name)' and no '\(other)'")
      }
    }
  }
}
