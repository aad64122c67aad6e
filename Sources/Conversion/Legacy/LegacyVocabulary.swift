internal import WeighbridgeByteIO
internal import WeighbridgeModelIR

/// The tokenizer of an old file in GGUF's keys (GGML-23 to GGML-25).
enum LegacyVocabulary {
  /// GGUF's kinds of tokens.
  enum Kind: Int32 {
    case normal = 1
    case unknown = 2
    case control = 3
    case userDefined = 4
    case unused = 5
    case byte = 6
  }

  /// Writes `tokenizer.ggml.*`.
  static func write(
    _ vocabulary: LegacyFamily.Vocabulary, _ source: LegacySource, _ builder: inout LegacyMetadata
  ) throws(ModelError) {
    if let given = source.options.vocabulary { return try adopt(given, source, &builder) }
    guard var tokens = source.model.metadata["ggml.tokens"]?.array?.strings, !tokens.isEmpty else {
      throw missing(source, "the file has no vocabulary")
    }
    let count = source.optional("n_vocab") ?? tokens.count
    guard tokens.count <= count else {
      throw ModelError(
        .unsupportedTokenizer, source.path, "\(tokens.count) tokens for \(count) embeddings")
    }
    let named = tokens.count
    for index in named..<count { tokens.append(ByteString("[PAD\(index)]")) }
    switch vocabulary {
    case .sentencePiece: try writeSentencePiece(tokens, named: named, source, &builder)
    case .bytePair(let pre):
      try writeBytePair(tokens, named: named, pre: pre(source), source, &builder)
    case .wordPiece: try writeWordPiece(tokens, source, &builder)
    }
  }

  /// Takes a tokenizer from elsewhere, which must not have more tokens than there are embeddings.
  private static func adopt(
    _ given: Metadata, _ source: LegacySource, _ builder: inout LegacyMetadata
  ) throws(ModelError) {
    let key: ByteString = "tokenizer.ggml.tokens"
    let tokens = given[key]?.array?.strings ?? []
    let count = source.optional("n_vocab") ?? tokens.count
    guard !tokens.isEmpty, tokens.count <= count else {
      throw ModelError(
        .unsupportedTokenizer, source.path,
        "the tokenizer has \(tokens.count) tokens, the model \(count)",
        hint: "give the tokenizer that the model was trained with (--vocab)")
    }
    for entry in given.entries { builder.metadata[entry.key] = entry.value }
    let added = tokens.count..<count
    guard !added.isEmpty else { return }
    builder.metadata[key] = .array(
      .strings(tokens + added.map { ByteString("[PAD\($0)]") }))
    let kinds: ByteString = "tokenizer.ggml.token_type"
    if let old = given[kinds]?.array?.integers {
      let all = old.map { Int32(clamping: $0) } + added.map { _ in Kind.unused.rawValue }
      builder.metadata[kinds] = .array(.int32(all))
    }
    let scores: ByteString = "tokenizer.ggml.scores"
    if let old = given[scores]?.array?.floats {
      builder.metadata[scores] = .array(.float32(old + added.map { _ in -1000 }))
    }
  }

  static func missing(_ source: LegacySource, _ what: String) -> ModelError {
    ModelError(
      .unsupportedTokenizer, source.path, what,
      hint: "give the folder of the original tokenizer (--vocab DIR)")
  }

  static func write(
    _ tokens: [ByteString], _ kinds: [Kind], model: ByteString, pre: ByteString,
    to metadata: inout Metadata
  ) {
    metadata["tokenizer.ggml.model"] = .string(model)
    metadata["tokenizer.ggml.pre"] = .string(pre)
    metadata["tokenizer.ggml.tokens"] = .array(.strings(tokens))
    metadata["tokenizer.ggml.token_type"] = .array(.int32(kinds.map(\.rawValue)))
  }

  static func set(_ key: String, _ id: Int?, in metadata: inout Metadata) {
    guard let id else { return }
    metadata[ByteString("tokenizer.ggml.\(key)_token_id")] = .uint32(UInt32(clamping: id))
  }

  // MARK: SentencePiece

  /// The converters of 2023 wrote ASCII spaces for `▁`, single bytes for byte tokens, and nothing or
  /// ` ⁇ ` for the first three tokens.
  private static func writeSentencePiece(
    _ old: [ByteString], named: Int, _ source: LegacySource, _ builder: inout LegacyMetadata
  ) throws(ModelError) {
    guard old.count > 3 else { throw missing(source, "the vocabulary has \(old.count) tokens") }
    var tokens = old
    var kinds = [Kind](repeating: .normal, count: old.count)
    var scores = source.model.metadata["ggml.scores"]?.array?.floats ?? []
    if scores.isEmpty {
      scores = old.indices.map { -Float($0) }
      builder.problems.append(
        Diagnostic(
          .warning, "no-scores", at: "tokenizer.ggml.scores",
          "the file has no scores; the order of the tokens stands for them"))
    }
    while scores.count < old.count { scores.append(-1000) }
    let bytes = byteTokens(old)
    let firstAdded = firstAdded(Array(scores[..<named]))
    for id in old.indices {
      if id >= named {
        kinds[id] = .unused
      } else if let bytes, bytes.contains(id) {
        tokens[id] = ByteString(byteName(UInt8(id - bytes.lowerBound)))
        kinds[id] = .byte
      } else {
        tokens[id] = ByteString(spaced(old[id].bytes))
        if id >= firstAdded { kinds[id] = .userDefined }
      }
    }
    for (id, name) in ["<unk>", "<s>", "</s>"].enumerated() {
      tokens[id] = ByteString(name)
      kinds[id] = id == 0 ? .unknown : .control
    }
    write(tokens, kinds, model: "llama", pre: "default", to: &builder.metadata)
    builder.metadata["tokenizer.ggml.scores"] = .array(.float32(scores))
    set("bos", 1, in: &builder.metadata)
    set("eos", 2, in: &builder.metadata)
    set("unknown", 0, in: &builder.metadata)
  }

  /// Where the tokens start that were added after training: a run at the end with the score −1000,
  /// unless it is the one token whose turn that score is.
  private static func firstAdded(_ scores: [Float]) -> Int {
    guard let last = scores.lastIndex(where: { $0 != -1000 }) else { return scores.count }
    return scores[last] == -999 ? scores.count : last + 1
  }

  /// The run of 256 tokens that are the bytes in order, as such or by name.
  private static func byteTokens(_ tokens: [ByteString]) -> Range<Int>? {
    (0..<16).lazy.map { $0..<$0 + 256 }.first { range in
      range.upperBound <= tokens.count
        && range.allSatisfy { id in
          let byte = UInt8(id - range.lowerBound)
          return tokens[id].bytes == [byte] || tokens[id] == ByteString(byteName(byte))
        }
    }
  }

  private static func byteName(_ byte: UInt8) -> String {
    let digits = Array("0123456789ABCDEF")
    return "<0x\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])>"
  }

  private static func spaced(_ bytes: [UInt8]) -> [UInt8] {
    bytes.flatMap { $0 == 0x20 ? [0xE2, 0x96, 0x81] : [$0] }
  }

  // MARK: WordPiece

  private static func writeWordPiece(
    _ old: [ByteString], _ source: LegacySource, _ builder: inout LegacyMetadata
  ) throws(ModelError) {
    let special: [(text: String, keys: [String])] = [
      ("[PAD]", ["padding"]), ("[UNK]", ["unknown"]), ("[CLS]", ["bos"]),
      ("[SEP]", ["eos", "seperator"]), ("[MASK]", ["mask"]),
    ]
    var tokens = old
    var kinds = [Kind](repeating: .normal, count: old.count)
    for (id, token) in old.enumerated() {
      if let entry = special.first(where: { ByteString($0.text) == token }) {
        kinds[id] = .control
        for key in entry.keys { set(key, id, in: &builder.metadata) }
        continue
      }
      // A word's beginning is marked instead of its continuation.
      tokens[id] =
        token.hasPrefix("##")
        ? ByteString(Array(token.bytes.dropFirst(2)))
        : ByteString([0xE2, 0x96, 0x81] + token.bytes)
    }
    guard old.contains("[UNK]") else { throw missing(source, "the vocabulary has no [UNK]") }
    write(tokens, kinds, model: "bert", pre: "bert-bge", to: &builder.metadata)
    builder.metadata["tokenizer.ggml.add_bos_token"] = .bool(true)
    builder.metadata["tokenizer.ggml.add_eos_token"] = .bool(true)
  }
}
