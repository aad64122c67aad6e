internal import WeighbridgeByteIO
internal import WeighbridgeModelIR

/// What a tensor of an adapter is for, by its name.
enum AdapterPart {
  case a(ByteString, isEmbedding: Bool)
  case b(ByteString, isEmbedding: Bool)
  case magnitudes(ByteString)
  case tokens(ByteString)
  case whole(ByteString)

  /// Returns nil where a part of an adapter is of a kind that is not known.
  init?(_ name: ByteString) {
    var text = name.text
    for prefix in ["base_model.model.", "base_model."] where text.hasPrefix(prefix) {
      text = String(text.dropFirst(prefix.count))
      break
    }
    func base(_ suffixes: String...) -> ByteString? {
      suffixes.first { text.hasSuffix($0) }
        .map { ByteString(text.dropLast($0.count) + ".weight") }
    }
    if let base = base(".lora_A.weight", ".lora_A.default.weight") {
      self = .a(base, isEmbedding: false)
    } else if let base = base(".lora_B.weight", ".lora_B.default.weight") {
      self = .b(base, isEmbedding: false)
    } else if let base = base(".lora_embedding_A", ".lora_embedding_A.default") {
      self = .a(base, isEmbedding: true)
    } else if let base = base(".lora_embedding_B", ".lora_embedding_B.default") {
      self = .b(base, isEmbedding: true)
    } else if let base = base(
      ".lora_magnitude_vector", ".lora_magnitude_vector.weight",
      ".lora_magnitude_vector.default.weight")
    {
      self = .magnitudes(base)
    } else if let base = base(
      ".token_adapter.trainable_tokens_delta", ".token_adapter.trainable_tokens_delta.default")
    {
      self = .tokens(base)
    } else if text.contains("lora_") || text.contains(".token_adapter.") {
      return nil
    } else {
      self = .whole(
        ByteString(
          text.replacing(".modules_to_save.default.", with: ".")
            .replacing(".modules_to_save.", with: ".")))
    }
  }
}

/// An adapter's tensors, put together.
struct AdapterParts {
  private(set) var pairs: [(name: ByteString, pair: LoRAAdapter.Pair)] = []
  private(set) var replaced: [Tensor] = []
  private(set) var tokens: [(name: ByteString, ids: [Int], rows: Tensor)] = []

  private struct Halves {
    var a: Tensor?
    var b: Tensor?
    var magnitudes: Tensor?
    var isEmbedding = false
  }

  /// Throws where anything is left over.
  init(_ tensors: [Tensor], _ settings: LoRASettings) throws(ModelError) {
    var halves: [ByteString: Halves] = [:]
    var order: [ByteString] = []
    for tensor in tensors {
      guard let part = AdapterPart(tensor.name) else {
        throw ModelError(
          .unmappedTensor, "tensor '\(tensor.name)'",
          "it is neither lora_A nor lora_B: this kind of adapter is not known",
          hint: LoRASettings.mergeHint)
      }
      switch part {
      case .whole(let name): try takeWhole(name, tensor)
      case .tokens(let name):
        tokens.append((name, try settings.tokens(of: name), tensor))
      case .a(let name, let isEmbedding):
        if halves[name] == nil { order.append(name) }
        halves[name, default: Halves()].a = tensor
        halves[name]?.isEmbedding = isEmbedding
      case .b(let name, _):
        if halves[name] == nil { order.append(name) }
        halves[name, default: Halves()].b = tensor
      case .magnitudes(let name):
        if halves[name] == nil { order.append(name) }
        halves[name, default: Halves()].magnitudes = tensor
      }
    }
    for name in order {
      guard let half = halves[name], let a = half.a, let b = half.b else {
        throw ModelError(.missingTensor, "tensor '\(name)'", "one half of its pair is missing")
      }
      pairs.append((name, try Self.pair(name, a, b, half.magnitudes, half.isEmbedding, settings)))
    }
  }

  /// A trained bias, or a module saved whole; the weights that LoRA wraps are those of the checkpoint.
  private mutating func takeWhole(_ name: ByteString, _ tensor: Tensor) throws(ModelError) {
    let text = name.text
    if text.contains(".base_layer."), !text.hasSuffix(".bias") { return }
    replaced.append(
      Tensor(name: ByteString(text.replacing(".base_layer.", with: ".")), payload: tensor.payload))
  }

  private static func pair(
    _ name: ByteString, _ a: Tensor, _ b: Tensor, _ magnitudes: Tensor?, _ isEmbedding: Bool,
    _ settings: LoRASettings
  ) throws(ModelError) -> LoRAAdapter.Pair {
    let (left, right) = (a.layout.shape.dimensions, b.layout.shape.dimensions)
    guard left.count == 2, right.count == 2, left[0] == right[1], left[0] > 0 else {
      throw ModelError(
        .shapeMismatch, "tensor '\(name)'",
        "\(right) and \(left) are not [outputs, rank] and [rank, inputs]")
    }
    guard (magnitudes != nil) == settings.usesMagnitudes else {
      throw ModelError(
        .missingTensor, "tensor '\(name)'",
        settings.usesMagnitudes
          ? "'use_dora' is set, but its lora_magnitude_vector is missing"
          : "it has a lora_magnitude_vector, but 'use_dora' is not set")
    }
    if magnitudes != nil, isEmbedding || settings.isFanInFanOut {
      throw ModelError(
        .unsupportedEncoding, "tensor '\(name)'",
        "DoRA of embeddings, and of layers stored inputs by outputs, is not known",
        hint: LoRASettings.mergeHint)
    }
    let rank = left[0]
    let alpha = try settings.alpha(of: name, rank: rank)
    let root = settings.usesRoot ? Double(rank).squareRoot() : Double(rank)
    return LoRAAdapter.Pair(
      a: a, b: b, factor: alpha / root, isTransposed: isEmbedding || settings.isFanInFanOut,
      magnitudes: magnitudes)
  }
}
