package import WeighbridgeByteIO
package import WeighbridgeCheckpoints
internal import WeighbridgeEncodings
package import WeighbridgeJSON
package import WeighbridgeModelIR

/// What headers and metadata tell of a model.
package struct Inspection {
  package let model: Model
  package let path: String
  package let summary: ModelSummary
  /// The metadata under GGUF's names; those of the file where it cannot be brought under them, or where
  /// `config.json` says the same.
  package let described: Metadata
  package var statistics: [TensorStatistics]?
  package var memory: MemoryEstimate?

  package init(_ model: Model, path: String) {
    self.model = model
    self.path = path
    self.summary = ModelSummary(model)
    // Files from before GGUF, and those that Meta published, have keys of their own.
    let isForeign = model.kind == .legacy || model.origin.format == "PyTorch"
    let isDescribed = model.companions?.names.contains("config.json") == true
    let canonical = isForeign && !isDescribed ? try? ModelInput.canonical(model) : nil
    self.described = canonical?.metadata ?? model.metadata
  }

  /// `general.architecture`, or the first of a checkpoint's `architectures`.
  package var architecture: String? {
    if let name = described["general.architecture"]?.string { return name.text }
    if let name = model.metadata["ggml.architecture"]?.string { return name.text }
    if let name = configuration?["architectures"]?.array?.first?.text { return name }
    return original == nil ? nil : "llama"
  }

  /// `config.json` of a checkpoint.
  package var configuration: JSONValue? { companion("config.json") }

  /// `params.json` of a model as Meta published it.
  private var original: JSONValue? { companion("params.json") }

  /// What headers from before GGUF, and `params.json`, call a hyperparameter.
  private static let olderNames: [ByteString: (header: ByteString, original: ByteString)] = [
    "block_count": ("ggml.n_layer", "n_layers"), "embedding_length": ("ggml.n_embd", "dim"),
    "attention.head_count": ("ggml.n_head", "n_heads"),
    "attention.head_count_kv": ("ggml.n_head_kv", "n_kv_heads"),
    "context_length": ("ggml.n_ctx", "max_seq_len"),
  ]

  /// What `config.json` says of quantized weights; nil where it says nothing.
  package var quantization: SchemeFacts? { configuration.flatMap { SchemeFacts($0) } }

  /// `adapter_config.json` of an adapter.
  package var adapterConfiguration: JSONValue? { companion("adapter_config.json") }

  private func companion(_ name: String) -> JSONValue? {
    guard let tree = model.companions, tree.names.contains(name),
      let source = try? tree.open(name)
    else { return nil }
    return try? JSONValue.read(source)
  }

  /// A hyperparameter under the architecture's prefix, or under its name in `config.json`; nil where
  /// layers differ in it.
  package func hyperparameter(_ key: ByteString, _ configurationKey: ByteString) -> Int? {
    guard let value = ArchitectureKeys(described)[key] else {
      if let number = configuration?[configurationKey]?.integer { return number }
      guard let names = Self.olderNames[key] else { return nil }
      return model.metadata[names.header]?.integer ?? original?[names.original]?.integer
    }
    guard let list = value.array?.integers else { return value.integer }
    return Set(list).count == 1 ? list.first : nil
  }
}
