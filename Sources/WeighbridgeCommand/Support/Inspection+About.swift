import Weighbridge
import WeighbridgeByteIO
import WeighbridgeJSON
import WeighbridgeModelIR
import WeighbridgeReports

/// What people look for first, as far as metadata or `config.json` tell it.
extension Inspection {
  /// Whether the file holds something else than a model: what it is, with what is worth knowing of it.
  var specialKind: [(String, String)]? {
    let type = model.metadata["general.type"]?.string?.text
    if type == "imatrix" { return [("kind", "importance matrix"), ("measured on", measuredOn)] }
    if type == "calibration" { return calibration }
    if model.kind == .baseline { return baseline }
    if type == "adapter" || model.kind == .adapter { return adapter }
    if model.tensors.isEmpty, model.metadata["tokenizer.ggml.tokens"] != nil {
      return [("kind", "vocabulary only: no tensors")]
    }
    return nil
  }

  /// What `compare --save-baseline` has stored.
  private var baseline: [(String, String)] {
    var facts = [("kind", "a reference's predictions, for compare --baseline")]
    if let name = model.metadata["baseline.model"]?.string?.text {
      let type = model.metadata["baseline.type"]?.string?.text
      facts.append(("reference", name + (type.map { ", \($0)" } ?? "")))
    }
    let windows = model.tensors.first { $0.name == "baseline.tokens" }?.layout.shape.dimensions
    if let windows, windows.count == 2 {
      facts.append(
        ("text", "\(NumberFormat.counted(windows[0], "window")) of \(windows[1]) tokens"))
    }
    return facts
  }

  /// `12 windows of 512 tokens of train.txt`.
  private var measuredOn: String {
    let chunks = model.metadata["imatrix.chunk_count"]?.integer
    let size = model.metadata["imatrix.chunk_size"]?.integer
    let texts = model.metadata["imatrix.datasets"]?.array?.strings ?? []
    var words = chunks.map { NumberFormat.counted($0, "window") } ?? "an unknown number of windows"
    if let size { words += " of \(NumberFormat.counted(size, "token"))" }
    return texts.isEmpty ? words : words + " of " + texts.map(\.text).joined(separator: ", ")
  }

  /// What `calibrate` has collected.
  private var calibration: [(String, String)] {
    let dimensions = model.tensor(named: "windows")?.layout.shape.dimensions ?? []
    let all = dimensions.first ?? 0
    let held = model.metadata["calibration.held_back"]?.integer ?? 0
    let texts = model.metadata["calibration.texts"]?.array?.strings ?? []
    var facts = [
      ("kind", "statistics of a calibration, for quantize --calibrate"),
      (
        "measured on",
        NumberFormat.counted(max(0, all &- held), "window") + " of "
          + NumberFormat.counted(dimensions.last ?? 0, "token") + " of "
          + texts.map(\.text).joined(separator: ", ")
      ), ("held back", NumberFormat.counted(held, "window")),
    ]
    for (name, key) in [
      ("effort", "calibration.effort"), ("no gradients", "calibration.obstacle"),
      ("model", "calibration.model"),
    ] {
      guard let text = model.metadata[ByteString(key)]?.string?.text else { continue }
      facts.append((name, text))
    }
    return facts
  }

  private var adapter: [(String, String)] {
    var facts = [("kind", "low-rank adapter")]
    var (ranks, targets): (Set<Int>, [String]) = ([], [])
    for tensor in model.tensors {
      let name = tensor.name.text
      let isFirst = name.hasSuffix(".lora_a") || name.hasSuffix("lora_A.weight")
      guard isFirst, let rank = tensor.layout.shape.dimensions.first else { continue }
      ranks.insert(rank)
      let parts = name.split(separator: ".").filter { Int($0) == nil }
      let known: Set<Substring> = ["lora_a", "weight", "lora_A", "blk", "default"]
      if let target = parts.last(where: { !known.contains($0) }).map(String.init),
        !targets.contains(target)
      {
        targets.append(target)
      }
    }
    if !ranks.isEmpty {
      facts.append(("rank", ranks.sorted().map { "\($0)" }.joined(separator: ", ")))
    }
    if let alpha = model.metadata["adapter.lora.alpha"] {
      facts.append(("alpha", MetadataText.line(alpha)))
    } else if let alpha = adapterConfiguration?["lora_alpha"]?.double {
      facts.append(("alpha", NumberFormat.significant(alpha, 3)))
    }
    if !targets.isEmpty { facts.append(("targets", targets.joined(separator: ", "))) }
    if let base = adapterConfiguration?["base_model_name_or_path"]?.text {
      facts.append(("base model", base))
    }
    return facts
  }

  /// What stands behind the architecture: experts, positions.
  var structure: [(String, String)] {
    var facts: [(String, String)] = []
    if let experts = hyperparameter("expert_count", "num_local_experts")
      ?? hyperparameter("expert_count", "n_routed_experts"), experts > 0
    {
      let used = hyperparameter("expert_used_count", "num_experts_per_tok")
      let shared = hyperparameter("expert_shared_count", "n_shared_experts")
      facts.append(
        (
          "experts",
          "\(experts)" + (used.map { ", \($0) active a token" } ?? "")
            + (shared.map { $0 > 0 ? ", \($0) shared" : "" } ?? "")
        ))
    }
    if let rope { facts.append(("rope", rope)) }
    return facts
  }

  private var rope: String? {
    let keys = ArchitectureKeys(described)
    let theta =
      keys["rope.freq_base"]?.float.map { Double($0) } ?? configuration?["rope_theta"]?.double
    var parts = theta.map { ["base \(Self.number($0))"] } ?? []
    if let count = keys.integer("rope.dimension_count") { parts.append("\(count) dimensions") }
    if let type = keys["rope.scaling.type"]?.string?.text, type != "none" {
      let factor = keys["rope.scaling.factor"]?.float.map { Double($0) }
      let original = keys.integer("rope.scaling.original_context_length")
      parts.append(
        type + (factor.map { " × \(NumberFormat.significant($0, 3))" } ?? "")
          + (original.map { " from \(NumberFormat.grouped($0)) tokens" } ?? ""))
    }
    return parts.isEmpty ? nil : parts.joined(separator: ", ")
  }

  /// A number of a file, which may be anything: grouped where it is a count.
  private static func number(_ value: Double) -> String {
    guard let count = Int(exactly: value), count >= 0 else {
      return NumberFormat.significant(value, 4)
    }
    return NumberFormat.grouped(count)
  }

  /// Where it comes from: license, who quantized it, with which importance matrix.
  var origins: [(String, String)] {
    func text(_ key: ByteString) -> String? { model.metadata[key]?.string?.text }
    var facts: [(String, String)] = []
    if let license = text("general.license") {
      facts.append(
        ("license", text("general.license.name").map { "\(license) (\($0))" } ?? license))
    }
    if let author = text("general.quantized_by") { facts.append(("quantized by", author)) }
    if let file = text("quantize.imatrix.file") {
      let chunks = model.metadata["quantize.imatrix.chunks_count"]?.integer
      let details = [
        text("quantize.imatrix.dataset").map { "measured on \($0)" },
        chunks.map { NumberFormat.counted($0, "window") },
      ].compactMap { $0 }
      facts.append(("importance", ([file] + details).joined(separator: ", ")))
    }
    return facts
  }

  /// The tokenizer as a person names it.
  var tokenizerLine: String? {
    guard model.kind != .baseline, let tokens = described["tokenizer.ggml.tokens"]?.array else {
      return nil
    }
    let kind = described["tokenizer.ggml.model"]?.string?.text ?? "unknown"
    let pre = described["tokenizer.ggml.pre"]?.string?.text
    return "\(Self.tokenizerName(kind)), \(NumberFormat.counted(tokens.count, "token"))"
      + (pre.map { $0 == "default" ? "" : ", splits words as \($0)" } ?? "")
  }

  /// What `tokenizer.ggml.model` stands for (llama-vocab.cpp, `llama_vocab::impl::load`).
  static func tokenizerName(_ kind: String) -> String {
    switch kind {
    case "llama": "SentencePiece BPE"
    case "gpt2": "byte-level BPE"
    case "bert": "WordPiece"
    case "t5": "SentencePiece Unigram"
    case "rwkv": "RWKV trie"
    case "plamo2": "PLaMo 2 Unigram"
    case "none", "no_vocab": "none"
    default: kind
    }
  }
}
