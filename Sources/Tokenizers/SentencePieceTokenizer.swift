internal import WeighbridgeByteIO

/// A `tokenizer.model` by its own rules: characters replaced, spaces put and merged, then cut.
///
/// GGUF has no place for some of these rules; they are left out on the way there.
package struct SentencePieceTokenizer: Sendable {
  private let normalizer: SentencePieceNormalizer
  private let model: SentencePieceModel
  private let special: SpecialTokens
  private let vocabulary: Vocabulary

  /// Whether runs of spaces become one.
  let removesExtraSpaces: Bool
  /// Whether fairseq has numbered the pieces anew, as those of XLM-RoBERTa.
  private let isShifted: Bool

  /// Returns nil where the files hold no pieces of SentencePiece; `named` is what GGUF makes of them.
  ///
  /// With `keepsSpaces`, runs of spaces stay what they are, whatever the file says.
  package init?(_ files: TokenizerFiles, _ named: TextTokenizer, keepsSpaces: Bool = false) {
    guard let bytes = files.sentencePiece, !TiktokenVocabulary.recognizes(bytes),
      let file = try? SentencePieceFile(bytes, in: files.folder),
      file.algorithm == .bytePair || file.algorithm == .unigram
    else { return nil }
    model = SentencePieceModel(file)
    removesExtraSpaces = file.removesExtraSpaces && !keepsSpaces
    guard
      let normalizer = SentencePieceNormalizer(
        file, literals: model.literals, removesExtraSpaces: removesExtraSpaces)
    else { return nil }
    self.normalizer = normalizer
    vocabulary = named.vocabulary
    isShifted =
      vocabulary.tokens.prefix(4) == ["<s>", "<pad>", "</s>", "<unk>"]
      && file.pieces.first?.kind == .unknown
    // The file's own symbols are found after the text is normalized, those added later before.
    let added = AddedTokens.ids(files)
    special = named.special.without { id in
      file.pieces.indices.contains(Int(id)) && file.pieces[Int(id)].kind == .userDefined
        && !added.contains(Int(id))
    }
  }

  /// Cuts a text into tokens; see `TextTokenizer`.
  package func encode(
    _ text: [UInt8], addSpecial: Bool = true, parseSpecial: Bool = false
  ) -> [TokenID] {
    var output: [TokenID] = []
    if addSpecial, vocabulary.addsBegin, let begin = vocabulary.begin { output.append(begin) }
    for fragment in special.split(text, parseControl: parseSpecial) {
      switch fragment {
      case .token(let id): output.append(id)
      case .text(let range):
        let start = output.count
        model.encode(normalizer.normalized(text[range].span), into: &output)
        guard isShifted else { continue }
        for index in start..<output.count { output[index] = Self.shifted(output[index]) }
      }
    }
    if addSpecial, vocabulary.addsEnd, let end = vocabulary.end { output.append(end) }
    return output
  }

  /// A piece's number after fairseq's four tokens: of the file's own, <unk>, <s> and </s>, each has one.
  private static func shifted(_ id: TokenID) -> TokenID {
    switch id {
    case 0: 3
    case 1: 0
    case 2: 2
    default: id + 1
    }
  }
}
