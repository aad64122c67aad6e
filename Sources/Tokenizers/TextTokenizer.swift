internal import WeighbridgeByteIO
package import WeighbridgeModelIR

/// Text to tokens and back, as a model's metadata says: special tokens, begin and end, and one of
/// the tokenizers for what lies between.
///
/// The result equals llama.cpp's for the same metadata.
package struct TextTokenizer: Sendable {
  /// The tokenizer of plain text.
  package let base: any Tokenizer
  let special: SpecialTokens

  /// Builds the tokenizer that `tokenizer.ggml.model` names.
  package static func make(_ metadata: Metadata) throws(ModelError) -> TextTokenizer {
    guard let name = metadata["tokenizer.ggml.model"]?.string else {
      throw ModelError(
        .missingMetadata, "tokenizer.ggml.model", "the model says nothing of its tokenizer")
    }
    let cuts = metadata["tokenizer.ggml.pre"]?.string ?? ""
    if name == "gpt2", PlainBytePair.preTokenizers.contains(cuts) {
      return TextTokenizer(try PlainBytePair(metadata), metadata)
    }
    guard let kind = TokenizerRegistry.named(name.text) else {
      let known = TokenizerRegistry.all.map { kind in kind.ggufName }.joined(separator: ", ")
      throw ModelError(
        .unsupportedTokenizer, "tokenizer.ggml.model",
        "tokenizer '\(name.text)' is unknown; known are \(known)")
    }
    return TextTokenizer(try kind.init(metadata), metadata)
  }

  private init(_ base: any Tokenizer, _ metadata: Metadata) {
    self.base = base
    let name = metadata["general.name"]?.string ?? ""
    self.special = SpecialTokens(base.vocabulary, modelName: name)
  }

  /// The tokens.
  package var vocabulary: Vocabulary { base.vocabulary }

  /// The token before every window of a text, for a model that wants one.
  package var beginToken: TokenID? { vocabulary.addsBegin ? vocabulary.begin : nil }

  /// Cuts a text into tokens.
  ///
  /// `addSpecial` puts begin and end tokens where the model wants them; `parseSpecial` takes the
  /// names of control tokens in the text (`<|im_start|>`) for the tokens themselves.
  package func encode(
    _ text: [UInt8], addSpecial: Bool = true, parseSpecial: Bool = false
  ) -> [TokenID] {
    var output: [TokenID] = []
    output.reserveCapacity(text.count / 3 + 2)
    if addSpecial, vocabulary.addsBegin, let begin = vocabulary.begin { output.append(begin) }
    var atStart = true
    for fragment in special.split(text, parseControl: parseSpecial) {
      switch fragment {
      case .token(let id):
        output.append(id)
        atStart = true
      case .text(let range):
        base.encode(text[range].span, atStart: atStart, into: &output)
        atStart = false
      }
    }
    if addSpecial, vocabulary.addsEnd, let end = vocabulary.end { output.append(end) }
    return output
  }

  /// Cuts a text into tokens.
  package func encode(
    _ text: String, addSpecial: Bool = true, parseSpecial: Bool = false
  ) -> [TokenID] {
    encode(Array(text.utf8), addSpecial: addSpecial, parseSpecial: parseSpecial)
  }

  /// The bytes that tokens stand for.
  ///
  /// Control tokens are left out unless `special` asks for their names, and so are numbers outside
  /// the vocabulary. The space that `encode` puts before a text is taken away again.
  package func decode(_ tokens: some Sequence<TokenID>, special: Bool = false) -> [UInt8] {
    var output: [UInt8] = []
    var first = base.addsSpacePrefix
    for id in tokens where vocabulary.tokens.indices.contains(Int(id)) {
      let kind = vocabulary.kinds[Int(id)]
      if kind == .control || kind == .unknown {
        if special { output += vocabulary.tokens[Int(id)].bytes }
        continue
      }
      let piece = base.piece(id)
      output += first && piece.first == 0x20 ? piece.dropFirst() : piece[...]
      first = false
    }
    return output
  }
}
