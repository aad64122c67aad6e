internal import WeighbridgeByteIO

/// A `tokenizer.model` by its own rules: characters replaced, spaces merged, then cut.
///
/// GGUF's `llama` tokenizer has no place for the first two; they are left out on the way there.
package struct SentencePieceTokenizer: Sendable {
  private let normalizer: PieceNormalizer
  private let named: TextTokenizer

  /// Nil where the files hold no byte pairs of SentencePiece; `named` is what GGUF makes of them.
  package init?(_ files: TokenizerFiles, _ named: TextTokenizer) {
    guard let bytes = files.sentencePiece,
      let file = try? SentencePieceFile(bytes, in: files.folder), file.algorithm == .bytePair,
      let map = CharacterMap(file.characterMap), named.base is SentencePieceBPE
    else { return nil }
    self.named = named
    normalizer = PieceNormalizer(
      map: map, addsPrefix: named.base.addsSpacePrefix, mergesSpaces: file.removesExtraSpaces,
      literals: file.pieces.lazy.filter { $0.kind == .userDefined }.map { $0.text.bytes })
  }

  /// Cuts a text into tokens; see `TextTokenizer`.
  package func encode(
    _ text: [UInt8], addSpecial: Bool = true, parseSpecial: Bool = false
  ) -> [TokenID] {
    let vocabulary = named.vocabulary
    var output: [TokenID] = []
    if addSpecial, vocabulary.addsBegin, let begin = vocabulary.begin { output.append(begin) }
    for fragment in named.special.split(text, parseControl: parseSpecial) {
      switch fragment {
      case .token(let id): output.append(id)
      case .text(let range):
        let normalized = normalizer.normalized(text[range].span)
        named.base.encode(normalized.span, atStart: false, into: &output)
      }
    }
    if addSpecial, vocabulary.addsEnd, let end = vocabulary.end { output.append(end) }
    return output
  }
}
