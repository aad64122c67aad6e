internal import WeighbridgeByteIO

/// What a file of a bundle is, in ModelPack's terms.
package enum BundleFileKind: String, CaseIterable, Hashable, Sendable {
  /// Tensors.
  case weight
  /// What a program needs to use them: configuration, tokenizer, chat template.
  case weightConfig = "weight.config"
  /// For people: model card, license.
  case doc
  /// Programs.
  case code
  /// What a model was trained or measured on.
  case dataset
}

extension BundleFileKind {
  /// What a file is, from its first bytes and its name; `isCertain` is false for a guess.
  static func classify(
    _ path: BundlePath, prefix: [UInt8], byteCount: UInt64
  ) -> (kind: BundleFileKind, isCertain: Bool) {
    if hasTensors(prefix, byteCount: byteCount) { return (.weight, true) }
    let name = (path.components.last ?? "").lowercased()
    let suffix = name.lastIndex(of: ".").map { String(name[$0...]) } ?? ""
    let stem = name.prefix { $0.isLetter }
    if documentStems.contains(String(stem)) { return (.doc, true) }
    for (kind, suffixes) in suffixes where suffixes.contains(suffix) { return (kind, true) }
    // Unknown: what is large is weights, the rest goes along with them.
    return (byteCount > 16 << 20 ? .weight : .weightConfig, false)
  }

  /// Magic numbers of files with tensors: GGUF and its predecessors (`ggml`, `ggmf`, `ggjt`, stored
  /// as little-endian numbers), HDF5, safetensors (a length and a JSON object).
  private static func hasTensors(_ prefix: [UInt8], byteCount: UInt64) -> Bool {
    let magics = ["GGUF", "lmgg", "fmgg", "tjgg", "\u{89}HDF"]
    if magics.contains(where: { prefix.starts(with: $0.unicodeScalars.map { UInt8($0.value) }) }) {
      return true
    }
    guard prefix.count > 8, prefix[8] == UInt8(ascii: "{") else { return false }
    let length = prefix[..<8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    return length >= 2 && length <= byteCount - 8
  }

  private static let documentStems: Set<String> = [
    "readme", "license", "licence", "notice", "copying", "authors", "changelog", "citation", "use",
    "usage", "acceptable",
  ]

  private static let suffixes: [(BundleFileKind, Set<String>)] = [
    (
      .weight,
      [
        ".gguf", ".safetensors", ".bin", ".pt", ".pth", ".ckpt", ".onnx", ".h5", ".msgpack", ".npz",
        ".npy", ".ggml", ".tflite",
      ]
    ),
    (
      .weightConfig,
      [
        ".json", ".model", ".txt", ".jinja", ".yaml", ".yml", ".toml", ".tiktoken", ".vocab",
        ".spm", ".cfg", ".ini", ".index",
      ]
    ),
    (.doc, [".md", ".pdf", ".rst", ".html", ".png", ".jpg", ".jpeg", ".svg", ".gif"]),
    (
      .code,
      [".py", ".sh", ".ipynb", ".c", ".h", ".cc", ".cpp", ".cu", ".js", ".ts", ".rs", ".swift"]
    ),
    (.dataset, [".jsonl", ".parquet", ".arrow", ".csv", ".tsv"]),
  ]
}
