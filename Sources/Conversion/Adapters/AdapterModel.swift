internal import WeighbridgeArchitectures
internal import WeighbridgeByteIO
internal import WeighbridgeCheckpoints
internal import WeighbridgeEncodings
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

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
      GeneralMetadata.Source(adapter.files, ParameterCount(adapter: tensors)), options
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
  /// By layer: what waits for the other experts.
  private var experts: [Int: [Expert]] = [:]

  private struct Expert {
    let rule: Int
    let number: Int
    let target: ByteString
    let pair: LoRAAdapter.Pair
  }

  init(_ architecture: Architecture, _ configuration: Configuration, _ adapter: LoRAAdapter) {
    self.architecture = architecture
    self.configuration = configuration
    self.adapter = adapter
  }

  mutating func map() throws(ModelError) {
    let found = adapter.pairs.map { (entry: $0, use: use(of: $0.name)) }
    var waiting: [Int: Int] = [:]
    for case (_, let use?) in found where architecture.tensors[use.rule].source.hasExpert {
      waiting[use.match.layer ?? 0, default: 0] += 1
    }
    for (entry, use) in found {
      guard let use else {
        throw ModelError(
          .unmappedTensor, architecture.name,
          "the tensor '\(entry.name)' of the adapter is not known",
          hint: "--base must be the checkpoint that it was trained on")
      }
      let rule = architecture.tensors[use.rule]
      guard !rule.outputs.isEmpty else {
        throw ModelError(
          .unmappedTensor, "tensor '\(entry.name)'",
          "the adapter changes it, but GGUF has no such tensor: it repeats the embeddings")
      }
      for output in rule.outputs where !rule.source.hasExpert {
        try add(output, output.name.filled(use.match), entry.pair, entry.name)
      }
      guard rule.source.hasExpert else { continue }
      let layer = use.match.layer ?? 0
      experts[layer, default: []] += rule.outputs.map {
        Expert(
          rule: use.rule, number: use.match.expert ?? 0, target: $0.name.filled(use.match),
          pair: entry.pair)
      }
      waiting[layer, default: 0] -= 1
      if waiting[layer] == 0 { try stackExperts(of: layer) }
    }
    let single = adapter.replaced.first?.name ?? adapter.tokens.first?.name
    if let name = single {
      throw ModelError(
        .unmappedTensor, "tensor '\(name)'",
        "the adapter replaces it or rows of it, which a GGUF adapter cannot hold",
        hint: "--merge-lora adds the adapter to its checkpoint instead")
    }
  }

  private func use(of name: ByteString) -> (rule: Int, match: NamePattern.Match)? {
    let parts = NamePattern.split(name)
    for (index, rule) in architecture.tensors.enumerated() {
      if let match = rule.source.match(parts), rule.condition?(configuration) ?? true {
        return (index, match)
      }
    }
    return nil
  }

  /// Stacks what a layer's experts have in common, in the order of the rules.
  private mutating func stackExperts(of layer: Int) throws(ModelError) {
    let all = experts.removeValue(forKey: layer) ?? []
    for (index, _) in architecture.tensors.enumerated() {
      let parts = all.filter { $0.rule == index }.sorted { $0.number < $1.number }
      guard let first = parts.first else { continue }
      guard parts.map(\.number) == Array(0..<parts.count),
        Set(parts.map(\.pair.factor)).count == 1,
        let a = StackedPayload(parts.map(\.pair.a.payload)),
        let b = StackedPayload(parts.map(\.pair.b.payload))
      else {
        throw ModelError(
          .shapeMismatch, "tensor '\(first.target)'",
          "the experts' parts are not all there, or differ")
      }
      try append(first.target, a, b, first.pair)
    }
  }

  private mutating func add(
    _ output: TensorRule.Output, _ target: ByteString, _ pair: LoRAAdapter.Pair, _ name: ByteString
  ) throws(ModelError) {
    let isEmbedding = target == "token_embd.weight"
    if pair.magnitudes != nil {
      throw ModelError(
        .unsupportedEncoding, "tensor '\(name)'",
        "DoRA gives whole rows their lengths, which a GGUF adapter cannot hold",
        hint: "--merge-lora adds the adapter to its checkpoint instead")
    }
    if isEmbedding, isTied {
      throw ModelError(
        .unmappedTensor, "tensor '\(name)'",
        "the adapter changes it, and readers of GGUF would change the head that repeats it, too",
        hint: adapter.tiesHead
          ? "--merge-lora adds the adapter to its checkpoint instead" : LoRASettings.mergeHint)
    }
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
      case .reshape, .chosen, .add, .negativeExponential, .pad, .drop, .multiply, .multiplyRows,
        .forReaders, .derive:
        throw unfit(name)
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

  /// Whether the family's head repeats the embeddings: then no rule takes one to `output.weight`.
  private var isTied: Bool {
    if let isTied = configuration["tie_word_embeddings"]?.bool { return isTied }
    let rule = architecture.tensors.first { rule in
      (rule.condition?(configuration) ?? true)
        && rule.source.match(NamePattern.split("lm_head.weight")) != nil
    }
    return rule?.outputs.isEmpty ?? false
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
