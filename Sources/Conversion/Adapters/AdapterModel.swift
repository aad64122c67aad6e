internal import Architectures
internal import ByteIO
internal import Checkpoints
internal import Encodings
internal import JSON
internal import ModelIR

/// A low-rank adapter in GGUF's names, as llama.cpp loads it beside a model.
enum AdapterModel {
  /// Brings an adapter into GGUF's names, order and metadata.
  ///
  /// `base` is the parsed `config.json` of the checkpoint that it was trained on. The rules of the
  /// family's tensors are done to the halves: rows are those of B, columns those of A.
  static func make(
    _ adapter: LoRAAdapter, base: CheckpointFiles, _ options: CanonicalOptions = CanonicalOptions()
  ) throws(ModelError) -> Model {
    let document: JSONValue
    do { document = try base.requiredJSON("config.json") } catch {
      throw ModelError(.missingMetadata, error.source, error.message, hint: error.hint)
    }
    let architecture = try ArchitectureRegistry.find(document)
    var configuration = try Configuration(document)
    configuration.fill(architecture.defaults)
    var mapping = AdapterMapping(architecture, configuration, adapter)
    try mapping.map()
    var model = Model(
      origin: ModelOrigin(format: "adapter", files: []), tensors: mapping.tensors)
    model.metadata = try metadata(adapter, architecture, mapping.tensors, options)
    return model
  }

  private static func metadata(
    _ adapter: LoRAAdapter, _ architecture: Architecture, _ tensors: [Tensor],
    _ options: CanonicalOptions
  ) throws(ModelError) -> Metadata {
    var metadata = Metadata()
    metadata["general.architecture"] = .string(ByteString(architecture.name))
    metadata["general.type"] = .string("adapter")
    metadata["adapter.type"] = .string("lora")
    try GeneralMetadata(
      GeneralMetadata.Source(adapter.files, ParameterCount(total: 0)), options
    ).write(to: &metadata)
    // Readers divide by the rank: where its root is meant, alpha makes up for it.
    let rank = adapter.pairs.first?.pair.rank ?? 1
    let alpha = adapter.usesRoot ? adapter.alpha * Double(rank).squareRoot() : adapter.alpha
    metadata["adapter.lora.alpha"] = .float32(Float(alpha))
    metadata["general.quantization_version"] = .uint32(2)
    return metadata
  }
}

/// Applies a family's tensor rules to the halves of an adapter.
private struct AdapterMapping {
  private let architecture: Architecture
  private let configuration: Configuration
  private let adapter: LoRAAdapter
  private(set) var tensors: [Tensor] = []
  private var experts: [ByteString: [(expert: Int, pair: LoRAAdapter.Pair)]] = [:]

  init(_ architecture: Architecture, _ configuration: Configuration, _ adapter: LoRAAdapter) {
    self.architecture = architecture
    self.configuration = configuration
    self.adapter = adapter
  }

  mutating func map() throws(ModelError) {
    for (name, pair) in adapter.pairs {
      let parts = NamePattern.split(name)
      var isFound = false
      for rule in architecture.tensors {
        guard let match = rule.source.match(parts), rule.condition?(configuration) ?? true else {
          continue
        }
        isFound = true
        guard !rule.outputs.isEmpty else {
          throw ModelError(
            .unmappedTensor, "tensor '\(name)'",
            "the adapter changes it, but GGUF has no such tensor: it repeats the embeddings")
        }
        for output in rule.outputs {
          if rule.source.hasExpert {
            experts[output.name.filled(match), default: []].append((match.expert ?? 0, pair))
          } else {
            try add(output, output.name.filled(match), pair, name)
          }
        }
        break
      }
      guard isFound else {
        throw ModelError(
          .unmappedTensor, architecture.name, "the tensor '\(name)' of the adapter is not known",
          hint: "--base must be the checkpoint that it was trained on")
      }
    }
    try stackExperts()
    guard adapter.replaced.isEmpty else {
      let name = adapter.replaced[0].name
      throw ModelError(
        .unmappedTensor, "tensor '\(name)'",
        "the adapter replaces it whole, which a GGUF adapter cannot hold",
        hint: "--merge-lora adds the adapter to its checkpoint instead")
    }
  }

  private mutating func stackExperts() throws(ModelError) {
    for name in experts.keys.sorted() {
      let parts = (experts[name] ?? []).sorted { $0.expert < $1.expert }
      guard parts.map(\.expert) == Array(0..<parts.count),
        Set(parts.map(\.pair.factor)).count == 1,
        let a = StackedPayload(parts.map(\.pair.a.payload)),
        let b = StackedPayload(parts.map(\.pair.b.payload)), let first = parts.first?.pair
      else {
        throw ModelError(
          .shapeMismatch, "tensor '\(name)'", "the experts' parts are not all there, or differ")
      }
      try append(name, a, b, first)
    }
  }

  private mutating func add(
    _ output: TensorRule.Output, _ target: ByteString, _ pair: LoRAAdapter.Pair, _ name: ByteString
  ) throws(ModelError) {
    let isEmbedding = target == "token_embd.weight"
    var a = pair.a.payload
    var b = pair.b.payload
    // Layers that are stored inputs by outputs are turned over on the way to GGUF: so is B · A, twice.
    var isTurned = pair.isTransposed && !isEmbedding
    for change in output.changes {
      let shape = TensorShape(
        isTurned
          ? [a.layout.shape.rowLength, b.layout.shape.rowCount]
          : [b.layout.shape.rowCount, a.layout.shape.rowLength])
      switch change {
      case .transpose: isTurned.toggle()
      case .arrange(let rule):
        guard !isTurned, let shape,
          let arranged = ArrangedPayload(b, try rule(configuration, shape)),
          arranged.layout.shape.dimensions.count == 2
        else { throw unfit(name) }
        b = arranged
      case .reshape, .add, .negativeExponential: throw unfit(name)
      }
    }
    if isTurned {
      guard let left = TransposedPayload(b), let right = TransposedPayload(a) else {
        throw unfit(name)
      }
      (a, b) = (left, right)
    }
    if isEmbedding {
      guard let turned = TransposedPayload(a) else { throw unfit(name) }
      a = turned
    }
    try append(target, a, b, pair)
  }

  private func unfit(_ name: ByteString) -> ModelError {
    ModelError(
      .shapeMismatch, "tensor '\(name)'",
      "what GGUF makes of this tensor cannot be done to an adapter's halves",
      hint: "--merge-lora adds the adapter to its checkpoint instead")
  }

  /// Adds both halves; a factor of its own goes into B.
  private mutating func append(
    _ name: ByteString, _ a: any TensorPayload, _ b: any TensorPayload, _ pair: LoRAAdapter.Pair
  ) throws(ModelError) {
    let first = adapter.pairs.first?.pair
    let alpha =
      adapter.usesRoot
      ? adapter.alpha * Double(first?.rank ?? 1).squareRoot() : adapter.alpha
    let usual = alpha / Double(pair.rank)
    var b = b
    if abs(pair.factor - usual) > 1e-9 * abs(usual), usual != 0 {
      guard let scaled = MappedPayload(b, .multiply(Float(pair.factor / usual))) else {
        throw unfit(name)
      }
      b = scaled
    }
    tensors.append(Tensor(name: ByteString(name.bytes + Array(".lora_a".utf8)), payload: a))
    tensors.append(Tensor(name: ByteString(name.bytes + Array(".lora_b".utf8)), payload: b))
  }
}
