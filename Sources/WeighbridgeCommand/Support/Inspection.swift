import WeighbridgeByteIO
import WeighbridgeEncodings
import WeighbridgeJSON
import WeighbridgeModelIR
import WeighbridgeReports

/// What `inspect` knows of a model, before it is shown as text, JSON or HTML.
struct Inspection {
  let model: Model
  let path: String
  let summary: ModelSummary
  var statistics: [TensorStatistics]?
  var memory: MemoryEstimate?

  init(_ model: Model, path: String) {
    self.model = model
    self.path = path
    self.summary = ModelSummary(model)
  }

  /// `general.architecture`, or the first of a checkpoint's `architectures`.
  var architecture: String? {
    if let name = model.metadata["general.architecture"]?.string { return name.text }
    return configuration?["architectures"]?.array?.first?.text
  }

  /// `config.json` of a checkpoint.
  var configuration: JSONValue? {
    guard let tree = model.companions, tree.names.contains("config.json"),
      let source = try? tree.open("config.json")
    else { return nil }
    return try? JSONValue.read(source)
  }

  /// `GGUF v3, little-endian`.
  var formatLine: String {
    let version = model.origin.version.isEmpty ? "" : " v" + model.origin.version
    let order = model.origin.byteOrder == .big ? ", big-endian" : ""
    let parts = model.origin.files.count > 1 ? ", \(model.origin.files.count) files" : ""
    return model.origin.format + version + order + parts
  }

  /// A hyperparameter under the architecture's prefix, or under its name in `config.json`.
  func hyperparameter(_ key: String, _ configurationKey: String) -> Int? {
    if let architecture, let value = model.metadata["\(architecture).\(key)"]?.integer {
      return value
    }
    return configuration?[ByteString(configurationKey)]?.integer
  }

  /// Facts in the order in which they are shown: label and value.
  var facts: [(String, String)] {
    var facts: [(String, String)] = []
    if let name = model.metadata["general.name"]?.string { facts.append(("name", name.text)) }
    facts.append(("format", formatLine))
    facts.append(("size", NumberFormat.bytes(summary.fileBytes)))
    if let architecture { facts.append(("architecture", architecture)) }
    let shape = [
      ("layers", hyperparameter("block_count", "num_hidden_layers")),
      ("width", hyperparameter("embedding_length", "hidden_size")),
      ("heads", hyperparameter("attention.head_count", "num_attention_heads")),
      ("KV heads", hyperparameter("attention.head_count_kv", "num_key_value_heads")),
      ("feed-forward", hyperparameter("feed_forward_length", "intermediate_size")),
      ("context", hyperparameter("context_length", "max_position_embeddings")),
    ].compactMap { label, value in value.map { "\(label) \(NumberFormat.grouped($0))" } }
    if !shape.isEmpty { facts.append(("shape", shape.joined(separator: ", "))) }
    facts.append(("parameters", NumberFormat.count(summary.parameters)))
    facts.append(
      (
        "tensors",
        "\(NumberFormat.grouped(model.tensors.count)), \(NumberFormat.bytes(summary.tensorBytes)), "
          + "\(NumberFormat.fixed(summary.bitsPerWeight, 2)) bits per weight"
      ))
    if let tokens = model.metadata["tokenizer.ggml.tokens"]?.array {
      let kind = model.metadata["tokenizer.ggml.model"]?.string?.text ?? "unknown"
      let pre = model.metadata["tokenizer.ggml.pre"]?.string.map { " (\($0.text))" } ?? ""
      facts.append(("tokenizer", "\(kind)\(pre), \(NumberFormat.grouped(tokens.count)) tokens"))
    }
    return facts
  }
}

/// The document that `--json` prints.
extension Inspection {
  func json(
    tensors selects: (ByteString) -> Bool, metadata selectsKey: (ByteString) -> Bool, full: Bool
  ) -> JSONValue {
    var document: JSONValue = [
      "schema": "weighbridge.inspect/1",
      "format": JSONValue(model.origin.format),
      "formatVersion": model.origin.version.isEmpty ? nil : JSONValue(model.origin.version),
      "byteOrder": JSONValue(model.origin.byteOrder.rawValue),
      "files": .array(
        model.origin.files.map { ["path": JSONValue($0.path), "bytes": JSONValue($0.byteCount)] }),
      "architecture": architecture.map { JSONValue($0) } ?? nil,
      "parameters": JSONValue(summary.parameters),
      "tensorBytes": JSONValue(summary.tensorBytes),
      "bitsPerWeight": .double(summary.bitsPerWeight),
      "encodings": .array(
        summary.encodings.map {
          [
            "name": JSONValue($0.name), "tensors": .integer($0.tensors),
            "elements": JSONValue($0.elements), "bytes": JSONValue($0.bytes),
          ]
        }),
      "metadata": .array(
        model.metadata.entries.filter { selectsKey($0.key) }.map {
          [
            "key": .string($0.key), "type": JSONValue($0.value.typeName),
            "value": MetadataText.json($0.value, full: full),
          ]
        }),
      "tensors": .array(model.tensors.filter { selects($0.name) }.map { tensorJSON($0) }),
      "problems": .array(
        model.problems.map {
          [
            "severity": JSONValue($0.severity.rawValue), "code": JSONValue($0.code),
            "where": JSONValue($0.place), "message": JSONValue($0.message),
          ]
        }),
    ]
    if let statistics { append("statistics", .array(statistics.map(\.json)), to: &document) }
    if let memory { append("memory", memory.json, to: &document) }
    return document
  }

  private func append(_ key: ByteString, _ value: JSONValue, to document: inout JSONValue) {
    guard case .object(var object) = document else { return }
    object[key] = value
    document = .object(object)
  }

  private func tensorJSON(_ tensor: Tensor) -> JSONValue {
    let file = tensor.location.map { $0.file }
    let path = file.flatMap {
      model.origin.files.indices.contains($0) ? model.origin.files[$0] : nil
    }
    return [
      "name": .string(tensor.name), "encoding": JSONValue(tensor.layout.encoding.name),
      "shape": .array(tensor.layout.shape.dimensions.map { .integer($0) }),
      "bytes": JSONValue(tensor.layout.byteCount),
      "file": path.map { JSONValue($0.path) } ?? nil,
      "offset": tensor.location.map { JSONValue($0.offset) } ?? nil,
    ]
  }
}
