internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

/// Vocabularies of SentencePiece: `tokenizer.model`, and the same as `tokenizer.json`.
enum SentencePieceExport {
  // MARK: tokenizer.json

  static func document(_ metadata: Metadata, _ vocabulary: ExportedVocabulary) -> JSONValue {
    let mark: JSONValue = "\u{2581}"
    let replace: JSONValue = [
      "type": "Replace", "pattern": ["String": " "], "content": mark,
    ]
    let addsPrefix = metadata["tokenizer.ggml.add_space_prefix"]?.bool ?? true
    let prefix: [JSONValue] = addsPrefix ? [["type": "Prepend", "prepend": mark]] : []
    var decoders: [JSONValue] = [
      ["type": "Replace", "pattern": ["String": mark], "content": " "],
      ["type": "ByteFallback"], ["type": "Fuse"],
    ]
    if addsPrefix {
      decoders.append(["type": "Strip", "content": " ", "start": 1, "stop": 0])
    }
    let unknown = vocabulary.kinds.firstIndex(of: .unknown)
    return vocabulary.document(
      normalizer: ["type": "Sequence", "normalizers": .array(prefix + [replace])],
      preTokenizer: .null, decoder: ["type": "Sequence", "decoders": .array(decoders)],
      model: [
        "type": "BPE", "dropout": .null,
        "unk_token": unknown.map { .string(vocabulary.tokens[$0]) } ?? .null,
        "continuing_subword_prefix": .null, "end_of_word_suffix": .null, "fuse_unk": true,
        "byte_fallback": .bool(vocabulary.kinds.contains(.byte)), "ignore_merges": false,
        "vocab": vocabulary.object { vocabulary.tokens[$0] },
        "merges": .array(merges(vocabulary)),
      ])
  }

  /// Every way to make a token of two others, the best token first.
  ///
  /// SentencePiece joins any two whose union is a token; a list of pairs that says the same holds all.
  private static func merges(_ vocabulary: ExportedVocabulary) -> [JSONValue] {
    var table = StructuredVocabulary(capacity: vocabulary.tokens.count)
    let isPart = { (id: Int) in vocabulary.kinds[id] == .normal || vocabulary.kinds[id] == .unused }
    for id in vocabulary.tokens.indices where isPart(id) && !vocabulary.isFiller(id) {
      table.insert(vocabulary.tokens[id].bytes, TokenID(id))
    }
    struct Merge {
      let score: Float
      let token: Int
      let left: TokenID
      let right: TokenID
    }
    var found: [Merge] = []
    for id in vocabulary.tokens.indices where isPart(id) && !vocabulary.isFiller(id) {
      let text = vocabulary.tokens[id].bytes
      let span = text.span
      var end = span.isEmpty ? 0 : characterLength(span, 0)
      while end < span.count {
        if let left = table.id(span.extracting(0..<end)),
          let right = table.id(span.extracting(end..<span.count))
        {
          found.append(
            Merge(score: vocabulary.scores[id], token: id, left: left, right: right))
        }
        end += characterLength(span, end)
      }
    }
    found.sort { ($1.score, $0.token, $0.left) < ($0.score, $1.token, $1.left) }
    return found.map {
      [
        .string(vocabulary.tokens[Int($0.left)]), .string(vocabulary.tokens[Int($0.right)]),
      ]
    }
  }

  // MARK: tokenizer.model

  /// The file that SentencePiece's own library reads.
  static func file(
    _ metadata: Metadata, _ vocabulary: ExportedVocabulary, isUnigram: Bool
  ) -> [UInt8] {
    var message = ProtobufWriter()
    for id in vocabulary.tokens.indices where !vocabulary.isFiller(id) {
      var piece = ProtobufWriter()
      piece.add(1, vocabulary.tokens[id].bytes)
      piece.add(2, float: vocabulary.scores[id])
      let kind = vocabulary.kinds[id]
      if kind != .normal, kind != .undefined { piece.add(3, number: UInt64(kind.rawValue)) }
      message.add(1, piece.bytes)
    }
    var trainer = ProtobufWriter()
    trainer.add(3, number: isUnigram ? 1 : 2)
    trainer.add(4, number: UInt64(vocabulary.tokens.count))
    if vocabulary.kinds.contains(.byte) { trainer.add(35, number: 1) }
    let special = Dictionary(
      vocabulary.special.map { ($0.kind, $0.id) }, uniquingKeysWith: { first, _ in first })
    let unknown = vocabulary.kinds.firstIndex(of: .unknown) ?? special["unk"]
    // −1 as a number of 64 bits: there is no such token.
    for (field, id) in [
      (40, unknown), (41, special["bos"]), (42, special["eos"]), (43, special["pad"]),
    ] {
      trainer.add(UInt64(field), number: id.map { UInt64($0) } ?? .max)
    }
    message.add(2, trainer.bytes)
    var normalizer = ProtobufWriter()
    let map = metadata["tokenizer.ggml.precompiled_charsmap"]?.array?.integers ?? []
    normalizer.add(1, Array((map.isEmpty ? "identity" : "nmt_nfkc").utf8))
    normalizer.add(2, map.map { UInt8(truncatingIfNeeded: $0) })
    let prefix = metadata["tokenizer.ggml.add_space_prefix"]?.bool ?? true
    normalizer.add(3, number: prefix ? 1 : 0)
    let merges = metadata["tokenizer.ggml.remove_extra_whitespaces"]?.bool ?? false
    normalizer.add(4, number: merges ? 1 : 0)
    normalizer.add(5, number: 1)
    message.add(3, normalizer.bytes)
    return message.bytes
  }
}

/// Writes the wire format of protocol buffers.
struct ProtobufWriter {
  /// What was written.
  private(set) var bytes: [UInt8] = []

  private mutating func varint(_ value: UInt64) {
    var value = value
    while value >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: value) | 0x80)
      value >>= 7
    }
    bytes.append(UInt8(value))
  }

  /// A number.
  mutating func add(_ field: UInt64, number value: UInt64) {
    varint(field << 3)
    varint(value)
  }

  /// A number in single precision.
  mutating func add(_ field: UInt64, float value: Float) {
    varint(field << 3 | 5)
    for shift in stride(from: UInt32(0), to: 32, by: 8) {
      bytes.append(UInt8(truncatingIfNeeded: value.bitPattern >> shift))
    }
  }

  /// A text, bytes, or another message.
  mutating func add(_ field: UInt64, _ value: [UInt8]) {
    varint(field << 3 | 2)
    varint(UInt64(value.count))
    bytes += value
  }
}
