internal import WeighbridgeByteIO
internal import WeighbridgeJSON
package import WeighbridgeModelIR

/// Turns the files of a tokenizer with byte pairs into GGUF metadata, as llama.cpp's converter does.
package enum BytePairVocabulary {
  /// The entries from `tokenizer.ggml.model` on; nil where the files hold no such tokenizer.
  ///
  /// `size` is the model's `vocab_size`. `named` is the name of the rules that cut text into words,
  /// where the user gives one; else `tokenizer.json` must show it. `extra` are tokens that a family
  /// uses for a purpose whatever its files say.
  package static func metadata(
    _ files: TokenizerFiles, size: Int?, named: String? = nil,
    extra: [(kind: String, token: String)] = []
  ) throws(ModelError) -> ImportedVocabulary? {
    guard let vocabulary = try TokenizerJSON(files) else { return nil }
    if vocabulary.model?["byte_fallback"]?.bool == true {
      return ImportedVocabulary(try sentencePieces(vocabulary, files, size: size))
    }
    let (texts, kinds) = try vocabulary.table(size: size, files, isByteLevel: true)
    let found = named.map { PreTokenizerName($0) } ?? PreTokenizerName(files)
    var metadata = Metadata()
    metadata["tokenizer.ggml.model"] = .string("gpt2")
    metadata["tokenizer.ggml.pre"] = .string(ByteString(found.name))
    metadata["tokenizer.ggml.tokens"] = .array(.strings(texts))
    metadata["tokenizer.ggml.token_type"] = .array(.int32(kinds))
    if !vocabulary.merges.isEmpty {
      metadata["tokenizer.ggml.merges"] = .array(.strings(vocabulary.merges))
    }
    var special = try SpecialTokenImport(files, vocabularySize: nil)
    for (kind, token) in extra {
      let bytes = ByteString(token)
      guard let id = vocabulary.added.first(where: { $0.content == bytes })?.id else {
        throw ModelError(
          .unsupportedTokenizer, files.folder + "/tokenizer.json",
          "the token '\(token)', which this family needs, is missing")
      }
      special.use(id, for: kind)
    }
    special.write(to: &metadata)
    return ImportedVocabulary(metadata, notes: found.notes)
  }

  /// A SentencePiece vocabulary that was saved in the newer file only.
  ///
  /// It has no scores there. llama.cpp's converter writes −1000 for all, which loses the order of
  /// merges; here a token's score is the negative rank of the first merge that makes it.
  private static func sentencePieces(
    _ vocabulary: TokenizerJSON, _ files: TokenizerFiles, size: Int?
  ) throws(ModelError) -> Metadata {
    var (texts, kinds) = try vocabulary.table(size: size, files)
    var ranks: [ByteString: Int] = [:]
    for (rank, merge) in vocabulary.merges.enumerated() {
      let joined = ByteString(merge.bytes.filter { $0 != 0x20 })
      if ranks[joined] == nil { ranks[joined] = rank }
    }
    let unknown = vocabulary.model?["unk_token"]?.string
    for (index, text) in texts.enumerated() where kinds[index] != 5 {
      if text == unknown {
        kinds[index] = SentencePieceFile.Piece.Kind.unknown.rawValue
      } else if text.count == 6, text.hasPrefix("<0x"), text.hasSuffix(">") {
        kinds[index] = SentencePieceFile.Piece.Kind.byte.rawValue
      }
    }
    var metadata = Metadata()
    metadata["tokenizer.ggml.model"] = .string("llama")
    metadata["tokenizer.ggml.pre"] = .string("default")
    metadata["tokenizer.ggml.tokens"] = .array(.strings(texts))
    metadata["tokenizer.ggml.scores"] = .array(
      .float32(texts.map { text in ranks[text].map { -Float($0) } ?? -1_000_000 }))
    metadata["tokenizer.ggml.token_type"] = .array(.int32(kinds))
    try SpecialTokenImport(files, vocabularySize: texts.count).write(to: &metadata)
    return metadata
  }

  /// Tokens that are shown and parsed by programs, though their file says that they are for control
  /// (conversion/gemma.py, `Gemma4Model.set_vocab`).
  private static let visible: Set<ByteString> = [
    "<|channel>", "<channel|>", "<|tool_call>", "<tool_call|>", "<|tool_response>",
    "<tool_response|>", "<|\"|>",
  ]

  /// Pairs of plain characters, bytes for what has no token: Gemma 4.
  ///
  /// Nil where the files hold no such tokenizer. Readers go by the merges; scores are what llama.cpp's converter writes.
  package static func plain(_ files: TokenizerFiles) throws(ModelError) -> ImportedVocabulary? {
    guard let vocabulary = try TokenizerJSON(files),
      vocabulary.model?["byte_fallback"]?.bool == true, !vocabulary.merges.isEmpty
    else { return nil }
    var (texts, kinds) = try vocabulary.table(size: nil, files)
    for (index, text) in texts.enumerated() {
      if text.count == 6, text.hasPrefix("<0x"), text.hasSuffix(">") {
        kinds[index] = SentencePieceFile.Piece.Kind.byte.rawValue
      } else if visible.contains(text) {
        kinds[index] = SentencePieceFile.Piece.Kind.userDefined.rawValue
      }
    }
    var metadata = Metadata()
    metadata["tokenizer.ggml.model"] = .string("gemma4")
    metadata["tokenizer.ggml.tokens"] = .array(.strings(texts))
    metadata["tokenizer.ggml.scores"] = .array(
      .float32([Float](repeating: -1000, count: texts.count)))
    metadata["tokenizer.ggml.token_type"] = .array(.int32(kinds))
    metadata["tokenizer.ggml.merges"] = .array(.strings(vocabulary.merges))
    try SpecialTokenImport(files, vocabularySize: texts.count).write(to: &metadata)
    return ImportedVocabulary(metadata)
  }
}
