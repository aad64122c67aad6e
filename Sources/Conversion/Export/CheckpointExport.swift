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

  /// Plans the way back of a model in GGUF's names; nothing is read but small tensors.
  ///
  /// `encoding` is F32, F16 or BF16, or nil for what the first matrix is in; blocks become F16. Throws
  /// where the family is not known or a tensor has no place in it.
  package init(_ source: Model, encoding: Encoding? = nil) throws(ModelError) {
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
    try restoration.restore(source.tensors)
    var model = Model(origin: source.origin, kind: .tensors, tensors: restoration.tensors)
    model.tensors += try Self.scattered(architecture, source.metadata)
    try KeptTensors.restore(from: source.metadata, into: &model.tensors)
    for index in model.tensors.indices
    where Self.floats.contains(model.tensors[index].layout.encoding) {
      model.tensors[index] = try Reencoding.apply(
        encoding, to: model.tensors[index], clamps: false)
    }
    model.metadata["format"] = .string("pt")
    self.model = model
    self.encoding = encoding
    let configuration = document.written(
      encoding, special: tokenizer.specialIDs)
    let kept = try KeptFiles.restored(from: source.metadata, encoding: encoding)
    files =
      kept.isEmpty ? Self.generated(source, configuration, tokenizer) : kept
    notes =
      source.problems
      + (kept.isEmpty
        ? document.problems
          + tokenizer.notes.map { Diagnostic(.warning, "tokenizer", at: facts.name, $0) } : [])
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
