internal import WeighbridgeByteIO
internal import WeighbridgeJSON
package import WeighbridgeModelIR

/// Turns the files of a WordPiece tokenizer into GGUF metadata, as llama.cpp's converter does.
package enum WordPieceVocabulary {
  /// The entries from `tokenizer.ggml.token_type_count` on; nil where the files hold no such tokenizer.
  ///
  /// Tokens that begin a word get U+2581 before them, those that go on lose their `##`.
  package static func metadata(
    _ files: TokenizerFiles, size: Int?, named: String? = nil
  ) throws(ModelError) -> Metadata? {
    guard let vocabulary = try TokenizerJSON(files) else { return nil }
    let (texts, kinds) = try vocabulary.table(size: size, files)
    let control = SentencePieceFile.Piece.Kind.control.rawValue
    let tokens = zip(texts, kinds).map { text, kind in
      if kind == control { return text }
      if text.hasPrefix("##") { return ByteString(Array(text.bytes.dropFirst(2))) }
      return ByteString([0xE2, 0x96, 0x81] + text.bytes)
    }
    var metadata = Metadata()
    let types = files.model?["type_vocab_size"]?.integer ?? 1
    metadata["tokenizer.ggml.token_type_count"] = .uint32(UInt32(clamping: types))
    metadata["tokenizer.ggml.model"] = .string("bert")
    metadata["tokenizer.ggml.pre"] = .string(ByteString(named ?? "bert-bge"))
    metadata["tokenizer.ggml.tokens"] = .array(.strings(tokens))
    metadata["tokenizer.ggml.token_type"] = .array(.int32(kinds))
    try SpecialTokenImport(files, vocabularySize: tokens.count).write(to: &metadata)
    return metadata
  }
}
