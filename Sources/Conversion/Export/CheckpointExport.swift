internal import WeighbridgeArchitectures
internal import WeighbridgeByteIO
package import WeighbridgeEncodings
internal import WeighbridgeJSON
package import WeighbridgeModelIR
internal import WeighbridgeTokenizers

/// A GGUF model as a checkpoint that transformers loads: the way back.
package struct CheckpointExport: Sendable {
  /// Tensors under the family's own names, in its own order of rows.
  package let model: Model
  /// `config.json`, the tokenizer's files and the rest, by name.
  package let files: [(name: String, bytes: [UInt8])]
  /// What could not be carried over.
  package let notes: [Diagnostic]
  /// F32, F16 or BF16.
  package let encoding: Encoding
  /// What became of the integers of blocks; nil where plain numbers were asked for.
  package let codes: CodeSummary?

  /// Plans the way back of a model in GGUF's names; nothing is read but small tensors.
  ///
  /// `encoding` is F32, F16 or BF16, or nil for what the first matrix is in; blocks become F16, or keep
  /// their integers in the form of `packing`. Throws
  /// where the family is not known or a tensor has no place in it.
  package init(
    _ source: Model, encoding: Encoding? = nil, packing: CodePacking? = nil
  ) throws(ModelError) {
    let facts = ExportFacts(source)
    guard let (architecture, identity) = ArchitectureRegistry.exporter(facts) else {
      throw ModelError(
        .unsupportedArchitecture, "general.architecture",
        "models of architecture '\(facts.name)' cannot be written as a checkpoint",
        hint: "known architectures: "
          + Set(ArchitectureRegistry.all.map(\.name)).sorted().joined(separator: ", "))
    }
    let encoding = encoding ?? Self.usual(source)
    let tokenizer = try TokenizerExport(source.metadata)
    let document = try ConfigurationDocument(architecture, identity, facts)
    var restoration = TensorRestoration(architecture, document.configuration)
    restoration.keepsBlocks = packing != nil
    try restoration.restore(Self.multiplied(source.tensors))
    var model = Model(origin: source.origin, kind: .tensors, tensors: restoration.tensors)
    var settings: [(key: ByteString, value: JSONValue)] = []
    var codes: CodeSummary?
    if let packing {
      let plain = packing == .mlx ? [] : restoration.tables
      let packed = try PackedCheckpoint(model.tensors, packing, stayPlain: plain, encoding)
      model.tensors = packed.tensors
      settings = packed.settings(ignoring: ["lm_head"])
      codes = packed.summary
    }
    self.codes = codes
    model.tensors += try Self.scattered(architecture, source.metadata)
    try KeptTensors.restore(from: source.metadata, into: &model.tensors)
    for index in model.tensors.indices
    where packing == nil && Self.floats.contains(model.tensors[index].layout.encoding) {
      model.tensors[index] = try Reencoding.apply(
        encoding, to: model.tensors[index], clamps: false)
    }
    model.metadata["format"] = .string("pt")
    self.model = model
    self.encoding = encoding
    let configuration = document.written(
      encoding, special: tokenizer.specialIDs
    ).adding(settings)
    let kept = try KeptFiles.restored(from: source.metadata, encoding: encoding, settings)
    files =
      kept.isEmpty ? Self.generated(source, configuration, tokenizer) : kept
    notes =
      source.problems
      + (kept.isEmpty
        ? document.problems
          + tokenizer.notes.map { Diagnostic(.warning, "tokenizer", at: facts.name, $0) } : [])
  }

  /// The tensors with factors of their own multiplied in: `….scale` beside `….weight`.
  private static func multiplied(_ tensors: [Tensor]) throws(ModelError) -> [Tensor] {
    let scales = tensors.filter {
      $0.name.hasSuffix(".scale") && !$0.name.hasSuffix("ffn_gate_inp.scale")
        && $0.layout.rowCount == 1
    }
    guard !scales.isEmpty else { return tensors }
    var factors: [ByteString: Tensor] = [:]
    for scale in scales {
      factors[ByteString(scale.name.bytes.dropLast(5) + Array("weight".utf8))] = scale
    }
    var used: Set<ByteString> = []
    var result: [Tensor] = []
    for tensor in tensors {
      var tensor = tensor
      if let scale = factors[tensor.name], let rows = FloatRows(scale.payload) {
        do {
          let values = try rows.read(rows: 0..<1)
          if let payload = FactoredPayload(tensor.payload, factors: values) {
            tensor.payload = payload
            used.insert(scale.name)
          }
        } catch { throw ModelError(.invalidMetadata, error.source, error.message) }
      }
      result.append(tensor)
    }
    return result.filter { !used.contains($0.name) }
  }

  /// Lists of numbers as tensors, one for each layer.
  private static func scattered(
    _ architecture: Architecture, _ metadata: Metadata
  ) throws(ModelError) -> [Tensor] {
    var tensors: [Tensor] = []
    for list in architecture.gathered {
      let key = ByteString(list.key)
      guard let values = metadata[key]?.array?.floats else {
        throw ModelError(
          .missingMetadata, list.key, "no list of numbers, one for each layer, is there")
      }
      for (layer, value) in values.enumerated() {
        guard let flat = MemoryPayload([value]),
          let payload = ReshapedPayload(flat, list.isScalar ? [] : [1])
        else { throw ModelError(.shapeMismatch, list.key, "it is not one number for each layer") }
        tensors.append(Tensor(name: list.name(layer: layer), payload: payload))
      }
    }
    return tensors
  }

  /// The files as they follow from GGUF's metadata.
  private static func generated(
    _ source: Model, _ configuration: JSONValue, _ tokenizer: TokenizerExport
  ) -> [(name: String, bytes: [UInt8])] {
    [("config.json", Array((configuration.text() + "\n").utf8))]
      + GenerationDocument.file(source.metadata, special: tokenizer.specialIDs) + tokenizer.files
  }

  /// What becomes `encoding`; indices and masks stay as they are.
  private static let floats: Set<Encoding> = [.f64, .f32, .f16, .bf16]

  /// The type of the first matrix, F16 where it is in blocks.
  private static func usual(_ model: Model) -> Encoding {
    for tensor in model.tensors where tensor.layout.shape.dimensions.count >= 2 {
      let encoding = tensor.layout.encoding
      return [.f32, .f16, .bf16].contains(encoding) ? encoding : .f16
    }
    return .f16
  }
}

extension ExportFacts {
  /// Whether the output repeats the embeddings.
  var isTied: Bool { !hasOutput }
}

extension JSONValue {
  /// An object with more members at its end; anything else as it is.
  func adding(_ members: [(key: ByteString, value: JSONValue)]) -> JSONValue {
    guard var object else { return self }
    for member in members { object[member.key] = member.value }
    return .object(object)
  }
}
