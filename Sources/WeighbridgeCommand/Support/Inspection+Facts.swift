import Weighbridge
import WeighbridgeByteIO
import WeighbridgeCheckpoints
import WeighbridgeModelIR
import WeighbridgeReports

/// What text and page begin with.
extension Inspection {
  /// `GGUF v3, little-endian`.
  var formatLine: String {
    let order = model.origin.byteOrder == .big ? ", big-endian" : ""
    let parts = model.origin.files.count > 1 ? ", \(model.origin.files.count) files" : ""
    return model.origin.format + versionText + order + parts
  }

  /// ` v3`, ` (GGJT v3)`: what is behind the format's name.
  private var versionText: String {
    let version = model.origin.version
    guard let first = version.first else { return "" }
    if model.origin.format == "PyTorch" { return ", archive version \(version)" }
    guard !first.isNumber else { return " v" + version }
    // Containers from before GGUF are called by their magic numbers.
    let words = version.split(separator: " ")
    let name = words[0].uppercased()
    return name == model.origin.format
      ? ", unversioned"
      : " (\(([name] + words.dropFirst().map(String.init)).joined(separator: " ")))"
  }

  /// Facts in the order in which they are shown: label and value.
  var facts: [(String, String)] {
    var facts: [(String, String)] = []
    if let name = model.metadata["general.name"]?.string { facts.append(("name", name.text)) }
    facts.append(("format", formatLine))
    facts.append(("size", NumberFormat.bytes(summary.fileBytes)))
    let special = specialKind
    facts += special ?? []
    if let architecture, model.kind != .baseline, model.kind != .importance {
      facts.append(("architecture", architecture))
    }
    if let projector { facts.append(("projector", projector.line)) }
    for tower in projector?.towers ?? [] { facts.append((tower.sense, tower.line)) }
    let shape = [
      ("layers", hyperparameter("block_count", "num_hidden_layers")),
      ("width", hyperparameter("embedding_length", "hidden_size")),
      ("heads", hyperparameter("attention.head_count", "num_attention_heads")),
      ("KV heads", hyperparameter("attention.head_count_kv", "num_key_value_heads")),
      ("feed-forward", hyperparameter("feed_forward_length", "intermediate_size")),
      ("context", hyperparameter("context_length", "max_position_embeddings")),
    ].compactMap { label, value in value.map { "\(label) \(NumberFormat.grouped($0))" } }
    if !shape.isEmpty { facts.append(("shape", shape.joined(separator: ", "))) }
    facts += structure
    if special == nil {
      if let recipe { facts.append(("recipe", recipe)) }
      if let quantization { facts.append(("quantization", quantization.text)) }
      facts.append(("parameters", NumberFormat.count(summary.parameters)))
    }
    if !model.tensors.isEmpty {
      facts.append(
        (
          "tensors",
          "\(NumberFormat.grouped(model.tensors.count)), \(NumberFormat.bytes(summary.tensorBytes))"
            + (special == nil
              ? ", \(NumberFormat.fixed(summary.bitsPerWeight, 2)) bits per weight" : "")
        ))
    }
    if model.origin.files.count == 1, let file = model.origin.files.first,
      let offset = file.dataOffset
    {
      let aligned = file.alignment.map { ", aligned to \(NumberFormat.grouped(Int($0)))" } ?? ""
      facts.append(("data", "from byte \(NumberFormat.grouped(Int(clamping: offset)))\(aligned)"))
    }
    if let tokenizerLine { facts.append(("tokenizer", tokenizerLine)) }
    return facts + origins
  }
}
