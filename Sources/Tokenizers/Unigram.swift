internal import WeighbridgeByteIO
package import WeighbridgeModelIR

/// SentencePiece's unigram model: `tokenizer.ggml.model` = `t5`.
///
/// Characters are replaced by the table of `tokenizer.ggml.precompiled_charsmap`, spaces are put and
/// merged as the metadata says, and the most probable tokens are found over the whole text.
package struct Unigram: Tokenizer {
  /// The name in `tokenizer.ggml.model`.
  package static let ggufName = "t5"
  /// The tokens.
  package let vocabulary: Vocabulary
  /// Whether the text of a first token begins with a space that `encode` has put there.
  package var addsSpacePrefix: Bool { normalizer.addsPrefix }
  private let normalizer: PieceNormalizer
  private let lattice: UnigramLattice

  /// Reads the vocabulary and all else that it needs.
  package init(_ metadata: Metadata) throws(ModelError) {
    let vocabulary = try Vocabulary(
      metadata, defaults: .init(end: 1, unknown: 2, addsBegin: false, addsEnd: true))
    self.vocabulary = vocabulary
    let key: ByteString = "tokenizer.ggml.precompiled_charsmap"
    guard
      let map = CharacterMap(
        metadata[key]?.array?.integers?.map { UInt8(truncatingIfNeeded: $0) } ?? [])
    else { throw ModelError(.invalidMetadata, key.text, "the table of characters is damaged") }
    let prefix = metadata["tokenizer.ggml.add_space_prefix"]?.bool ?? false
    let merges = metadata["tokenizer.ggml.remove_extra_whitespaces"]?.bool ?? false
    normalizer = PieceNormalizer(
      map: map, addsPrefix: prefix, mergesSpaces: merges,
      literals: vocabulary.tokens.indices.lazy
        .filter { vocabulary.kinds[$0] == .userDefined }.map { vocabulary.tokens[$0].bytes })
    var tokens: [(text: [UInt8], id: TokenID, score: Double)] = []
    var worst = Double.greatestFiniteMagnitude
    for (id, token) in vocabulary.tokens.enumerated() {
      let kind = vocabulary.kinds[id]
      if kind == .normal { worst = min(worst, Double(vocabulary.scores[id])) }
      guard kind == .normal || kind == .userDefined || kind == .unused else { continue }
      tokens.append(
        (token.bytes, TokenID(id), kind == .userDefined ? 0 : Double(vocabulary.scores[id])))
    }
    lattice = UnigramLattice(tokens, unknown: vocabulary.unknown ?? -2, worst: worst)
  }

  /// Cuts a stretch of text that holds no special tokens, and appends the tokens' numbers.
  package func encode(_ text: Span<UInt8>, atStart: Bool, into output: inout [TokenID]) {
    let normalized = normalizer.normalized(text)
    for piece in lattice.pieces(normalized.span) {
      if let id = piece.token ?? vocabulary.unknown { output.append(id) }
    }
  }

  /// The bytes of the text that a token stands for.
  package func piece(_ id: TokenID) -> [UInt8] { sentencePiece(id, of: vocabulary) }
}

/// What SentencePiece does to a text before it is cut.
struct PieceNormalizer: Sendable {
  private let map: CharacterMap
  /// Whether a space is put before the first word.
  let addsPrefix: Bool
  /// Whether runs of spaces become one, and those at the ends go.
  let mergesSpaces: Bool
  /// Texts that stay as they are.
  private var literals: TokenTable
  private var longest = 0

  init(
    map: CharacterMap, addsPrefix: Bool, mergesSpaces: Bool, literals: some Sequence<[UInt8]>
  ) {
    self.map = map
    self.addsPrefix = addsPrefix
    self.mergesSpaces = mergesSpaces
    self.literals = TokenTable(capacity: 64)
    for literal in literals where !literal.isEmpty {
      _ = self.literals.insert(literal)
      longest = max(longest, literal.count)
    }
  }

  /// The text with U+2581 for its spaces.
  func normalized(_ text: Span<UInt8>) -> [UInt8] {
    var output: [UInt8] = []
    output.reserveCapacity(text.count + text.count / 2 + 3)
    var isInWord = false
    var hasPrefix = false
    func take(_ bytes: some Sequence<UInt8>) {
      for byte in bytes {
        if byte == 0x20 {
          isInWord = false
          if !mergesSpaces { output += spaceSymbol }
          continue
        }
        if !isInWord {
          isInWord = true
          if addsPrefix && !hasPrefix || mergesSpaces {
            // Without a prefix the first word has none, though later ones are parted by one.
            if addsPrefix || !output.isEmpty { output += spaceSymbol }
            hasPrefix = true
          }
        }
        output.append(byte)
      }
    }
    var position = 0
    while position < text.count {
      if let count = literal(text, at: position) {
        take((position..<position + count).map { text[$0] })
        position += count
      } else if let found = map.replacement(text, at: position, .longest) {
        take(found.text)
        position += found.count
      } else if let count = validLength(text, position) {
        take((position..<position + count).map { text[$0] })
        position += count
      } else {
        take([0xEF, 0xBF, 0xBD])
        position += 1
      }
    }
    return output
  }

  private func literal(_ text: Span<UInt8>, at position: Int) -> Int? {
    guard longest > 0 else { return nil }
    var found: Int?
    literals.eachPrefix(of: text, from: position, longest: min(longest, text.count - position)) {
      (count, _) in
      found = count
    }
    return found
  }
}
