internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

/// WordPiece's vocabularies as `tokenizer.json` and `vocab.txt`.
enum WordPieceExport {
  /// A token as BERT writes it: what goes on is marked, not what begins.
  private static func text(_ vocabulary: ExportedVocabulary, _ id: Int) -> ByteString {
    let token = vocabulary.tokens[id]
    if vocabulary.isAdded(id) || vocabulary.kinds[id] == .unused { return token }
    let mark = ByteString(spaceSymbol)
    return token.hasPrefix(mark)
      ? ByteString(Array(token.bytes.dropFirst(3))) : ByteString(Array("##".utf8) + token.bytes)
  }

  static func document(_ metadata: Metadata, _ vocabulary: ExportedVocabulary) -> JSONValue {
    let lowercases = metadata["tokenizer.ggml.normalizer.lowercase"]?.bool ?? true
    let strips = metadata["tokenizer.ggml.normalizer.strip_accents"]?.bool
    let unknown = vocabulary.special.first { $0.kind == "unk" }?.id
    return vocabulary.document(
      normalizer: [
        "type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true,
        "strip_accents": strips.map { .bool($0) } ?? .null, "lowercase": .bool(lowercases),
      ], preTokenizer: ["type": "BertPreTokenizer"],
      decoder: ["type": "WordPiece", "prefix": "##", "cleanup": true],
      model: [
        "type": "WordPiece",
        "unk_token": unknown.map { .string(vocabulary.tokens[$0]) } ?? "[UNK]",
        "continuing_subword_prefix": "##", "max_input_chars_per_word": 100,
        "vocab": vocabulary.object { text(vocabulary, $0) },
      ])
  }

  /// One token a line.
  static func list(_ vocabulary: ExportedVocabulary) -> [UInt8] {
    vocabulary.tokens.indices.flatMap { text(vocabulary, $0).bytes + [0x0A] }
  }
}

/// Unigram vocabularies as `tokenizer.json`.
enum UnigramExport {
  static func document(_ metadata: Metadata, _ vocabulary: ExportedVocabulary) -> JSONValue {
    let map = metadata["tokenizer.ggml.precompiled_charsmap"]?.array?.integers ?? []
    var normalizers: [JSONValue] = []
    if !map.isEmpty {
      let text = ByteString(encodedBase64(map.map { UInt8(truncatingIfNeeded: $0) }))
      normalizers.append(["type": "Precompiled", "precompiled_charsmap": .string(text)])
    }
    let merges = metadata["tokenizer.ggml.remove_extra_whitespaces"]?.bool ?? false
    let prefix = metadata["tokenizer.ggml.add_space_prefix"]?.bool ?? true
    let space: JSONValue = [
      "type": "Metaspace", "replacement": "\u{2581}",
      "prepend_scheme": prefix ? "always" : "never", "split": true,
    ]
    let steps: JSONValue =
      merges
      ? ["type": "Sequence", "pretokenizers": [["type": "WhitespaceSplit"], space]] : space
    let unknown =
      vocabulary.kinds.firstIndex(of: .unknown)
      ?? vocabulary.special.first { $0.kind == "unk" }?.id
    return vocabulary.document(
      normalizer: normalizers.isEmpty
        ? .null : ["type": "Sequence", "normalizers": .array(normalizers)],
      preTokenizer: steps, decoder: space,
      model: [
        "type": "Unigram", "unk_id": unknown.map { .integer($0) } ?? .null,
        "vocab": .array(
          vocabulary.tokens.indices.map { id in
            [.string(vocabulary.tokens[id]), .double(Double(vocabulary.scores[id]))]
          }),
        "byte_fallback": .bool(vocabulary.kinds.contains(.byte)),
      ])
  }
}
