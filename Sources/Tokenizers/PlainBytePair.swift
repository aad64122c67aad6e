internal import WeighbridgeByteIO
package import WeighbridgeModelIR

/// Byte pairs over plain text, U+2581 for a space: `tokenizer.ggml.model` = `gemma4`, and names of
/// `tokenizer.ggml.pre` that say so.
///
/// What is no token becomes the tokens of its bytes.
package struct PlainBytePair: Tokenizer {
  /// The name in `tokenizer.ggml.model`.
  package static let ggufName = "gemma4"
  /// Names in `tokenizer.ggml.pre` of such vocabularies that are stored as `gpt2`.
  static let preTokenizers: [ByteString] = ["gemma4", "granite-embed-multi-311m", "sarvam-moe"]
  /// The tokens.
  package let vocabulary: Vocabulary
  /// Whether the text of a first token begins with a space that `encode` has put there.
  package let addsSpacePrefix = false
  private var symbols: TokenTable
  /// The token of each symbol, or -1.
  private var tokens: [TokenID] = []
  private var pairs: PairMerges
  private let bytes: [TokenID?]

  /// Reads the vocabulary and all else that it needs.
  package init(_ metadata: Metadata) throws(ModelError) {
    guard let merges = metadata["tokenizer.ggml.merges"]?.array?.strings else {
      throw ModelError(
        .missingMetadata, "tokenizer.ggml.merges", "a byte-pair vocabulary needs its merges")
    }
    let vocabulary = try Vocabulary(metadata, defaults: .init(begin: 11, end: 11))
    self.vocabulary = vocabulary
    bytes = (0...255).map { vocabulary.id(of: byteTokenName(UInt8($0))) }
    symbols = TokenTable(capacity: vocabulary.count)
    pairs = PairMerges(capacity: merges.count)
    for (id, token) in vocabulary.tokens.enumerated() {
      tokens[Int(symbol(token.bytes))] = TokenID(id)
    }
    for merge in merges {
      guard let space = merge.bytes.dropFirst().firstIndex(of: 0x20) else {
        pairs.skip()
        continue
      }
      let (left, right) = (Array(merge.bytes[..<space]), Array(merge.bytes[(space + 1)...]))
      pairs.add(symbol(left), symbol(right), symbol(left + right))
    }
  }

  private mutating func symbol(_ bytes: [UInt8]) -> Int32 {
    let index = symbols.insert(bytes)
    if Int(index) == tokens.count { tokens.append(TokenTable.missing) }
    return index
  }

  /// Cuts a stretch of text that holds no special tokens, and appends the tokens' numbers.
  package func encode(_ text: Span<UInt8>, atStart: Bool, into output: inout [TokenID]) {
    var merger = BytePairMerger()
    var start = 0
    // Lines and runs of line ends by themselves: no merge reaches across.
    while start < text.count {
      var end = start + 1
      while end < text.count, (text[end] == 0x0A) == (text[start] == 0x0A) { end += 1 }
      encode(text.extracting(start..<end), &merger, into: &output)
      start = end
    }
  }

  private func encode(
    _ line: Span<UInt8>, _ merger: inout BytePairMerger, into output: inout [TokenID]
  ) {
    if line[0] == 0x0A, let id = vocabulary.id(of: line) {
      output.append(id)
      return
    }
    // Characters that are no symbol join with nothing; they are numbered below all symbols.
    var word: [Int32] = []
    var strangers: [[UInt8]] = []
    var position = 0
    while position < line.count {
      let length = characterLength(line, position)
      let character =
        line[position] == 0x20 ? spaceSymbol : (position..<position + length).map { line[$0] }
      let index = symbols.index(of: character)
      if index != TokenTable.missing {
        word.append(index)
      } else {
        strangers.append(character)
        word.append(-1 - Int32(strangers.count))
      }
      position += length
    }
    for symbol in merger.joined(word, pairs) {
      if symbol >= 0, tokens[Int(symbol)] >= 0 {
        output.append(tokens[Int(symbol)])
      } else {
        let text = symbol >= 0 ? Array(symbols.string(symbol)) : strangers[Int(-2 - symbol)]
        output += text.compactMap { bytes[Int($0)] }
      }
    }
  }

  /// The bytes of the text that a token stands for.
  package func piece(_ id: TokenID) -> [UInt8] { sentencePiece(id, of: vocabulary) }
}
