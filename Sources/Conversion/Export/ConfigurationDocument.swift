internal import WeighbridgeArchitectures
internal import WeighbridgeByteIO
internal import WeighbridgeEncodings
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

/// `config.json` as it follows from GGUF's metadata and tensors.
struct ConfigurationDocument {
  private var object: JSONObject
  /// The same as the tensor rules read it.
  let configuration: Configuration
  /// Metadata that the document does not lead to again.
  private(set) var problems: [Diagnostic] = []

  init(
    _ architecture: Architecture, _ identity: ConfigurationExport.Identity, _ facts: ExportFacts
  ) throws(ModelError) {
    var object = JSONObject()
    object["architectures"] = [JSONValue(identity.className)]
    object["model_type"] = JSONValue(identity.modelType)
    let export = architecture.export
    for rule in architecture.hyperparameters {
      let suffix = rule.key.replacing("{arch}.", with: "")
      guard let key = export?.key(for: rule), object[key] == nil,
        let value = Self.value(facts[ByteString(suffix)])
      else { continue }
      object[key] = value
    }
    if export?.writesRotary ?? true {
      if let base = facts.ropeBase { object["rope_theta"] = base }
      if let scaling = try facts.ropeScaling() { object["rope_scaling"] = scaling }
    }
    for entry in export?.entries ?? [] {
      if let value = try entry.value(facts) { object[entry.key] = value }
    }
    if let size = facts.vocabularySize { object["vocab_size"] = .integer(size) }
    object["tie_word_embeddings"] = .bool(facts.isTied)
    self.object = object
    var configuration = try Configuration(.object(object))
    configuration.fill(architecture.defaults)
    self.configuration = configuration
    prove(architecture, facts)
  }

  private static func value(_ value: MetadataValue?) -> JSONValue? {
    switch value {
    case .bool(let flag)?: return .bool(flag)
    case .string(let text)?: return .string(text)
    case .float32(let number)?: return Double("\(number)").map { .double($0) }
    case .float64(let number)?: return .double(number)
    case .array?, nil: return nil
    case let number?: return number.integer.map { .integer($0) }
    }
  }

  /// Goes the way forth with the document: what comes out must be what was there.
  private mutating func prove(_ architecture: Architecture, _ facts: ExportFacts) {
    // Of several rules for a key the last counts, as it does on the way forth.
    var again: [ByteString: MetadataValue] = [:]
    var keys: [ByteString] = []
    for rule in architecture.hyperparameters where rule.key.hasPrefix("{arch}.") {
      let suffix = ByteString(rule.key.replacing("{arch}.", with: ""))
      if !keys.contains(suffix) { keys.append(suffix) }
      if let value = try? rule.value(configuration) { again[suffix] = value }
    }
    for suffix in keys {
      guard let found = facts[suffix], found != again[suffix] else { continue }
      problems.append(
        Diagnostic(
          .warning, "not-carried-over", at: "\(facts.name).\(suffix)",
          "config.json has no setting that leads to it: the value was \(Self.describe(found))"))
    }
  }

  private static func describe(_ value: MetadataValue) -> String {
    Self.value(value).map { $0.text(compact: true) } ?? "a list"
  }

  /// PyTorch's name of an encoding.
  static func dtype(_ encoding: Encoding) -> String {
    [.f32: "float32", .f16: "float16", .bf16: "bfloat16"][encoding] ?? "float32"
  }

  /// The document, with what does not concern the tensors' names.
  func written(
    _ encoding: Encoding, special: [(key: ByteString, id: Int)]
  ) -> JSONValue {
    var object = object
    // Where no token is for padding, the class's default may lie outside the vocabulary.
    for key in ["bos_token_id", "eos_token_id", "pad_token_id"] as [ByteString] {
      object[key] = special.first { $0.key == key }.map { .integer($0.id) } ?? .null
    }
    object["dtype"] = JSONValue(Self.dtype(encoding))
    object["torch_dtype"] = object["dtype"]
    return .object(object)
  }
}

/// `generation_config.json`: how a model wants to be sampled.
enum GenerationDocument {
  /// GGUF's names and those of transformers.
  private static let names: [(ByteString, ByteString)] = [
    ("top_k", "top_k"), ("top_p", "top_p"), ("min_p", "min_p"), ("temp", "temperature"),
    ("penalty_repeat", "repetition_penalty"),
  ]

  /// The file; none for a model that does not generate.
  static func file(
    _ metadata: Metadata, special: [(key: ByteString, id: Int)]
  ) -> [(name: String, bytes: [UInt8])] {
    guard metadata["general.architecture"]?.string != "bert" else { return [] }
    var object = JSONObject()
    for (key, id) in special where ["bos_token_id", "eos_token_id", "pad_token_id"].contains(key) {
      object[key] = .integer(id)
    }
    for (suffix, name) in names {
      guard let value = metadata["general.sampling.\(suffix)"] else { continue }
      object["do_sample"] = true
      object[name] =
        value.integer.map { .integer($0) }
        ?? value.float.flatMap { Double("\($0)") }
        .map { .double($0) }
    }
    return [("generation_config.json", Array((JSONValue.object(object).text() + "\n").utf8))]
  }
}
