internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

/// Byte-level vocabularies as `tokenizer.json`.
enum BytePairExport {
  static func document(_ metadata: Metadata, _ vocabulary: ExportedVocabulary) -> JSONValue {
    let name = metadata["tokenizer.ggml.pre"]?.string?.text ?? "default"
    let pretokenizer = PretokenizerRegistry.named(name)
    let merges = metadata["tokenizer.ggml.merges"]?.array?.strings ?? []
    let bytes: JSONValue = [
      "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true,
    ]
    return vocabulary.document(
      normalizer: .null, preTokenizer: steps(pretokenizer?.stages ?? []), decoder: bytes,
      model: [
        "type": "BPE", "dropout": .null, "unk_token": .null, "continuing_subword_prefix": .null,
        "end_of_word_suffix": .null, "fuse_unk": false, "byte_fallback": false,
        "ignore_merges": .bool(pretokenizer?.ignoresMerges ?? false),
        "vocab": vocabulary.object { vocabulary.tokens[$0] },
        "merges": .array(merges.map(pair)),
      ])
  }

  /// Pairs of plain characters, U+2581 for a space, and bytes for what has no token.
  static func plainDocument(_ metadata: Metadata, _ vocabulary: ExportedVocabulary) -> JSONValue {
    let mark: JSONValue = "\u{2581}"
    let merges = metadata["tokenizer.ggml.merges"]?.array?.strings ?? []
    let unknown = vocabulary.special.first { $0.kind == "unk" }?.id
    return vocabulary.document(
      normalizer: ["type": "Replace", "pattern": ["String": " "], "content": mark],
      preTokenizer: [
        "type": "Split", "pattern": ["String": " "], "behavior": "MergedWithPrevious",
        "invert": false,
      ],
      decoder: [
        "type": "Sequence",
        "decoders": [
          ["type": "Replace", "pattern": ["String": mark], "content": " "],
          ["type": "ByteFallback"], ["type": "Fuse"],
        ],
      ],
      model: [
        "type": "BPE", "dropout": .null,
        "unk_token": unknown.map { .string(vocabulary.tokens[$0]) } ?? .null,
        "continuing_subword_prefix": .null, "end_of_word_suffix": .null, "fuse_unk": true,
        "byte_fallback": true, "ignore_merges": false,
        "vocab": vocabulary.object { vocabulary.tokens[$0] },
        "merges": .array(merges.map(pair)),
      ])
  }

  private static func pair(_ merge: ByteString) -> JSONValue {
    guard let space = merge.bytes.dropFirst().firstIndex(of: 0x20) else { return .string(merge) }
    return [
      .string(ByteString(Array(merge.bytes[..<space]))),
      .string(ByteString(Array(merge.bytes[(space + 1)...]))),
    ]
  }

  /// The stages as steps: regular expressions one after the other, then bytes.
  static func steps(_ stages: [Pretokenizer.Stage]) -> JSONValue {
    let plain = WordPattern().regex
    func bytes(_ words: Bool) -> JSONValue {
      [
        "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true,
        "use_regex": .bool(words),
      ]
    }
    func split(_ stage: Pretokenizer.Stage) -> JSONValue {
      let regex = stage.regex
      if regex == #"[\p{N}]"# { return ["type": "Digits", "individual_digits": true] }
      return [
        "type": "Split", "pattern": ["Regex": JSONValue(regex)], "behavior": "Isolated",
        "invert": false,
      ]
    }
    if stages.count == 1, stages[0].regex == plain { return bytes(true) }
    if let last = stages.last, last.regex == plain {
      let all = stages.dropLast().map(split) + [bytes(true)]
      return ["type": "Sequence", "pretokenizers": .array(all)]
    }
    return ["type": "Sequence", "pretokenizers": .array(stages.map(split) + [bytes(false)])]
  }
}
