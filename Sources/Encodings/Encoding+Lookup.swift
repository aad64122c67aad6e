/// Every encoding, and how files and people call it.
extension Encoding {
  /// Encodings of formats of today: by GGML's type ids, then what only safetensors has.
  package static let all: [Encoding] = {
    let known = numbers + simpleBlocks + superBlocks + codebooks + interleavedRows + ikLlama
    return known.filter { $0.ggufType != nil }
      .sorted { ($0.ggufType ?? 0) < ($1.ggufType ?? 0) }
      + known.filter { $0.ggufType == nil }
  }()

  /// Those that a GGUF can be written in.
  package static let writable: [Encoding] = all.filter { $0.encoder != nil && $0.ggufType != nil }

  private static let byGGUFType: [UInt32: Encoding] = table(all) { $0.ggufType }
  private static let byName: [String: Encoding] = table(all + blocks2023) { $0.name.uppercased() }
  private static let bySafetensorsType: [String: Encoding] = table(all) { $0.safetensorsType }

  private static func table<Key: Hashable>(
    _ encodings: [Encoding], by key: (Encoding) -> Key?
  ) -> [Key: Encoding] {
    var table: [Key: Encoding] = [:]
    for encoding in encodings { if let key = key(encoding) { table[key] = encoding } }
    return table
  }

  /// The encoding with a GGUF type id.
  package static func gguf(_ type: UInt32) -> Encoding? { byGGUFType[type] }
  /// The encoding with a safetensors dtype.
  package static func safetensors(_ type: String) -> Encoding? { bySafetensorsType[type] }
  /// The encoding with a name as GGML spells it, in any case.
  package static func named(_ name: String) -> Encoding? { byName[name.uppercased()] }
}
