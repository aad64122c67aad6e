internal import WeighbridgeArchitectures
internal import WeighbridgeByteIO
internal import WeighbridgeConversion
internal import WeighbridgeGGUF
internal import WeighbridgeModelIR

/// A model as the rules see it.
struct ValidationContext: Sendable {
  let path: String
  /// As it was opened.
  let opened: Model
  /// Under GGUF's names; nil where it cannot be brought under them.
  let model: Model?
  let tensors: [ByteString: TensorLayout]
  /// The layers that tensors belong to, as blk.N says; rules ask for each of a model's layers.
  let layers: Set<Int>
  let tokens: [ByteString]
  let resources: Resources

  init(_ path: String, _ opened: Model, canonical: Model?, _ resources: Resources) {
    self.path = path
    self.opened = opened
    self.resources = resources
    model = canonical
    var tensors: [ByteString: TensorLayout] = [:]
    for tensor in canonical?.tensors ?? [] { tensors[tensor.name] = tensor.layout }
    self.tensors = tensors
    layers = Set(tensors.keys.compactMap { Self.layer($0) })
    tokens = canonical?.metadata["tokenizer.ggml.tokens"]?.array?.strings ?? []
  }

  /// The file is a GGUF model, which other programs read as it is.
  var isGGUF: Bool { opened.origin.isGGUF && opened.kind == .gguf }
  /// A text model: not an adapter, a projector, a vocabulary for tests.
  var isLanguageModel: Bool {
    guard let model else { return false }
    let type = model.metadata["general.type"]?.string ?? "model"
    return type == "model" && keys.name != "clip" && !keys.name.isEmpty
  }
  var metadata: Metadata { model?.metadata ?? opened.metadata }
  var keys: ArchitectureKeys { ArchitectureKeys(metadata) }

  /// The number in `blk.12.attn_q.weight`.
  static func layer(_ name: ByteString) -> Int? {
    guard name.hasPrefix("blk.") else { return nil }
    let digits = name.bytes.dropFirst(4).prefix { (0x30...0x39).contains($0) }
    guard !digits.isEmpty, digits.count < 7 else { return nil }
    return Int(String(decoding: digits, as: UTF8.self))
  }

  /// A shape, innermost first as ggml counts.
  func sizes(_ name: String) -> [Int]? {
    tensors[ByteString(name)].map { $0.shape.dimensions.reversed() }
  }
}

/// A rule: what it looks at, and what it finds.
struct ValidationRule: Sendable {
  /// Whether it needs every byte of every tensor.
  var readsTensors = false
  let find: @Sendable (ValidationContext) throws -> [Finding]

  init(
    readsTensors: Bool = false, _ find: @escaping @Sendable (ValidationContext) throws -> [Finding]
  ) {
    self.readsTensors = readsTensors
    self.find = find
  }

  /// All rules, in the order in which findings are shown.
  static let all: [ValidationRule] = [
    ValidationRule(FormatRules.diagnostics), ValidationRule(FormatRules.names),
    ValidationRule(FormatRules.tensors), ValidationRule(FormatRules.importance),
    ValidationRule(ArchitectureRules.identity),
    ValidationRule(ArchitectureRules.requiredKeys), ValidationRule(ArchitectureRules.ranges),
    ValidationRule(ArchitectureRules.layers), ValidationRule(ArchitectureRules.shapes),
    ValidationRule(ArchitectureRules.network), ValidationRule(ArchitectureRules.unexpected),
    ValidationRule(ArchitectureRules.uneven), ValidationRule(ArchitectureRules.quantization),
    ValidationRule(TokenizerRules.presence), ValidationRule(TokenizerRules.lists),
    ValidationRule(TokenizerRules.duplicates), ValidationRule(TokenizerRules.special),
    ValidationRule(TokenizerRules.cuts), ValidationRule(TokenizerRules.merges),
    ValidationRule(TemplateRules.conversation), ValidationRule(ReaderRules.gguf),
    ValidationRule(readsTensors: true, ValueRules.values),
  ]
}
