internal import WeighbridgeByteIO
internal import WeighbridgeCheckpoints
internal import WeighbridgeJSON
package import WeighbridgeModelIR

/// A low-rank adapter as PEFT stores it: for each tensor W of a checkpoint two small ones, so that
/// W + factor · B · A is meant.
package struct LoRAAdapter: Sendable {
  /// The two parts for one tensor.
  struct Pair: Sendable {
    /// `[rank, inputs]`.
    var a: Tensor
    /// `[outputs, rank]`.
    var b: Tensor
    /// What B · A is multiplied with: alpha / rank, or alpha / √rank.
    var factor: Double
    /// Whether the product is turned over: embeddings, and layers that are stored inputs by outputs.
    var isTransposed: Bool
    var rank: Int { a.layout.shape.dimensions.first ?? 0 }
  }

  /// Pairs by the checkpoint's name for the tensor, in the order of the file.
  let pairs: [(name: ByteString, pair: Pair)]
  /// Whole tensors that the adapter replaces, by the checkpoint's name.
  let replaced: [Tensor]
  /// `lora_alpha`.
  let alpha: Double
  /// Whether ranks count by their root.
  let usesRoot: Bool
  /// Where the adapter came from.
  let files: CheckpointFiles
  /// `base_model_name_or_path`.
  package let baseModel: String?

  /// Reads the configuration and pairs the tensors up; throws where anything is left over.
  package init(_ model: Model) throws(ModelError) {
    guard let tree = model.companions else {
      throw ModelError(
        .missingMetadata, model.origin.files.first?.path ?? "the adapter",
        "there is no adapter_config.json beside the tensors")
    }
    let files = CheckpointFiles(tree)
    let document: JSONValue
    do { document = try files.requiredJSON("adapter_config.json") } catch {
      throw ModelError(.missingMetadata, error.source, error.message, hint: error.hint)
    }
    let settings = try LoRASettings(document)
    self.files = files
    alpha = settings.alpha
    usesRoot = settings.usesRoot
    baseModel = document["base_model_name_or_path"]?.text
    (pairs, replaced) = try Self.paired(model.tensors, settings)
  }

  /// What a tensor of the adapter is for.
  private enum Part {
    case a(ByteString, isEmbedding: Bool)
    case b(ByteString, isEmbedding: Bool)
    case whole(ByteString)

    init?(_ name: ByteString) {
      var text = name.text
      for prefix in ["base_model.model.", "base_model."] where text.hasPrefix(prefix) {
        text = String(text.dropFirst(prefix.count))
        break
      }
      func base(_ suffix: String) -> ByteString? {
        text.hasSuffix(suffix) ? ByteString(text.dropLast(suffix.count) + ".weight") : nil
      }
      if let base = base(".lora_A.weight") ?? base(".lora_A.default.weight") {
        self = .a(base, isEmbedding: false)
      } else if let base = base(".lora_B.weight") ?? base(".lora_B.default.weight") {
        self = .b(base, isEmbedding: false)
      } else if let base = base(".lora_embedding_A") ?? base(".lora_embedding_A.default") {
        self = .a(base, isEmbedding: true)
      } else if let base = base(".lora_embedding_B") ?? base(".lora_embedding_B.default") {
        self = .b(base, isEmbedding: true)
      } else if text.contains("lora_") {
        return nil
      } else {
        self = .whole(ByteString(text.replacing(".modules_to_save", with: "")))
      }
    }
  }

  private static func paired(
    _ tensors: [Tensor], _ settings: LoRASettings
  ) throws(ModelError) -> ([(ByteString, Pair)], [Tensor]) {
    var halves: [ByteString: (a: Tensor?, b: Tensor?, isEmbedding: Bool)] = [:]
    var order: [ByteString] = []
    var whole: [Tensor] = []
    for tensor in tensors {
      guard let part = Part(tensor.name) else {
        throw ModelError(
          .unmappedTensor, "tensor '\(tensor.name)'",
          "it is neither lora_A nor lora_B: this kind of adapter is not known")
      }
      switch part {
      case .whole(let name):
        if !name.text.contains(".base_layer.") {
          whole.append(Tensor(name: name, payload: tensor.payload))
        }
      case .a(let name, let isEmbedding):
        if halves[name] == nil { order.append(name) }
        halves[name, default: (nil, nil, isEmbedding)].a = tensor
      case .b(let name, let isEmbedding):
        if halves[name] == nil { order.append(name) }
        halves[name, default: (nil, nil, isEmbedding)].b = tensor
      }
    }
    var pairs: [(ByteString, Pair)] = []
    for name in order {
      guard let half = halves[name], let a = half.a, let b = half.b else {
        throw ModelError(.missingTensor, "tensor '\(name)'", "one half of its pair is missing")
      }
      pairs.append((name, try pair(name, a, b, isEmbedding: half.isEmbedding, settings)))
    }
    return (pairs, whole)
  }

  private static func pair(
    _ name: ByteString, _ a: Tensor, _ b: Tensor, isEmbedding: Bool, _ settings: LoRASettings
  ) throws(ModelError) -> Pair {
    let (left, right) = (a.layout.shape.dimensions, b.layout.shape.dimensions)
    guard left.count == 2, right.count == 2, left[0] == right[1], left[0] > 0 else {
      throw ModelError(
        .shapeMismatch, "tensor '\(name)'",
        "\(right) and \(left) are not [outputs, rank] and [rank, inputs]")
    }
    let (alpha, rank) = settings.values(for: name, rank: left[0])
    let root = settings.usesRoot ? Double(rank).squareRoot() : Double(rank)
    return Pair(
      a: a, b: b, factor: alpha / root, isTransposed: isEmbedding || settings.isFanInFanOut)
  }
}

/// What an `adapter_config.json` says.
struct LoRASettings {
  let alpha: Double
  let usesRoot: Bool
  let isFanInFanOut: Bool
  private let alphas: JSONObject
  private let document: JSONValue

  init(_ document: JSONValue) throws(ModelError) {
    func refuse(_ message: String) -> ModelError {
      ModelError(.unsupportedEncoding, "adapter_config.json", message)
    }
    let kind = document["peft_type"]?.text ?? "LORA"
    guard kind == "LORA" else { throw refuse("adapters of kind '\(kind)' are not known") }
    guard document["use_dora"]?.bool != true else {
      throw refuse("DoRA scales whole rows: it cannot be said as a low-rank adapter")
    }
    if let bias = document["bias"]?.text, bias != "none" {
      throw refuse("it was trained with biases ('bias' is '\(bias)'), which are not carried over")
    }
    guard let alpha = document["lora_alpha"]?.double else {
      throw ModelError(.missingMetadata, "adapter_config.json", "'lora_alpha' is missing")
    }
    self.alpha = alpha
    usesRoot = document["use_rslora"]?.bool ?? false
    isFanInFanOut = document["fan_in_fan_out"]?.bool ?? false
    alphas = document["alpha_pattern"]?.object ?? JSONObject()
    self.document = document
  }

  /// Alpha and rank of a tensor; `alpha_pattern` names modules by the end of their name.
  func values(for name: ByteString, rank: Int) -> (alpha: Double, rank: Int) {
    let module = name.hasSuffix(".weight") ? String(name.text.dropLast(7)) : name.text
    for member in alphas.members {
      let key = member.key.text
      guard let value = member.value.double else { continue }
      if module == key || module.hasSuffix("." + key) { return (value, rank) }
    }
    return (alpha, rank)
  }
}
