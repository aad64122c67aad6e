internal import WeighbridgeByteIO
package import WeighbridgeModelIR

/// BERT's WordPiece: `tokenizer.ggml.model` = `bert`.
///
/// Words and single punctuation marks, lowercased and without accents where the metadata says so;
/// each is cut from its left into the longest tokens there are, and is unknown as a whole where a
/// part has none. GGUF marks tokens that begin a word by U+2581 in place of `##` for the others.
package struct WordPiece: Tokenizer {
  /// The name in `tokenizer.ggml.model`.
  package static let ggufName = "bert"
  /// The tokens.
  package let vocabulary: Vocabulary
  /// Whether the text of a first token begins with a space that `encode` has put there.
  package var addsSpacePrefix: Bool { true }
  private let normalizer: WordNormalizer
  private let longest: Int

  /// Reads the vocabulary and all else that it needs.
  package init(_ metadata: Metadata) throws(ModelError) {
    var vocabulary = try Vocabulary(
      metadata,
      defaults: .init(begin: 101, unknown: 100, separator: 102, addsBegin: true, addsEnd: true))
    if metadata["tokenizer.ggml.bos_token_id"] == nil,
      let id = metadata["tokenizer.ggml.cls_token_id"]?.integer,
      vocabulary.tokens.indices.contains(id)
    {
      vocabulary.begin = TokenID(id)
    }
    // A text ends with the separator, whatever else is called its end.
    vocabulary.addsBegin = true
    vocabulary.addsEnd = true
    vocabulary.end = vocabulary.separator
    self.vocabulary = vocabulary
    let lowercases = metadata["tokenizer.ggml.normalizer.lowercase"]?.bool ?? true
    normalizer = WordNormalizer(
      lowercases: lowercases,
      stripsAccents: metadata["tokenizer.ggml.normalizer.strip_accents"]?.bool ?? lowercases)
    longest = vocabulary.tokens.reduce(0) { max($0, $1.count) }
  }

  /// Cuts a stretch of text that holds no special tokens, and appends the tokens' numbers.
  package func encode(_ text: Span<UInt8>, atStart: Bool, into output: inout [TokenID]) {
    let valid = repairedUTF8(text) ?? text.indices.map { text[$0] }
    for word in normalizer.words(valid) { encode(word: spaceSymbol + word, into: &output) }
  }

  private func encode(word: [UInt8], into output: inout [TokenID]) {
    let start = output.count
    let span = word.span
    var position = 0
    while position < span.count {
      var end = min(span.count, position + longest)
      var found: TokenID?
      while end > position {
        found = vocabulary.id(of: span.extracting(position..<end))
        if found != nil { break }
        end -= 1
      }
      guard let found else {
        output.removeSubrange(start...)
        if let unknown = vocabulary.unknown { output.append(unknown) }
        return
      }
      output.append(found)
      position = end
    }
  }

  /// The bytes of the text that a token stands for.
  package func piece(_ id: TokenID) -> [UInt8] { sentencePiece(id, of: vocabulary) }
}
