internal import WeighbridgeByteIO
package import WeighbridgeModelIR

/// SentencePiece's byte-pair encoding: `tokenizer.ggml.model` = `llama`.
///
/// Neighbours whose union is a token are joined, the union of the highest score first and of equal
/// ones the leftmost, until none is left; characters that are no token become bytes.
package struct SentencePieceBPE: Tokenizer {
  /// The name in `tokenizer.ggml.model`.
  package static let ggufName = "llama"
  /// The tokens.
  package let vocabulary: Vocabulary
  /// Whether the text of a first token begins with a space that `encode` has put there.
  package let addsSpacePrefix: Bool
  private let bytes: [TokenID?]
  /// Pairs of characters that stand side by side in some token.
  ///
  /// No token reaches across any other pair, so the text can be cut there.
  private let neighbours: PairTable

  /// Reads the vocabulary and all else that it needs.
  package init(_ metadata: Metadata) throws(ModelError) {
    let vocabulary = try Vocabulary(
      metadata, defaults: .init(begin: 1, end: 2, unknown: 0, addsBegin: true))
    self.vocabulary = vocabulary
    addsSpacePrefix = metadata["tokenizer.ggml.add_space_prefix"]?.bool ?? true
    bytes = (0...255).map { vocabulary.byteToken(UInt8($0)) }
    var neighbours = PairTable(capacity: 4096)
    for token in vocabulary.tokens {
      let text = token.bytes.span
      var previous: UInt32?
      var position = 0
      while position < text.count {
        let length = characterLength(text, position)
        let character = packedCharacter(text, position, length)
        if let previous { neighbours.insert(previous, character, 1) }
        previous = character
        position += length
      }
    }
    self.neighbours = neighbours
  }

  /// Cuts a stretch of text that holds no special tokens, and appends the tokens' numbers.
  package func encode(_ text: Span<UInt8>, atStart: Bool, into output: inout [TokenID]) {
    var escaped: [UInt8] = []
    escaped.reserveCapacity(text.count + text.count / 2 + 3)
    if atStart, addsSpacePrefix { escaped += spaceSymbol }
    for index in text.indices {
      if text[index] == 0x20 { escaped += spaceSymbol } else { escaped.append(text[index]) }
    }
    let span = escaped.span
    var merger = SentencePieceMerger()
    var start = 0
    var previous: UInt32?
    var position = 0
    while position < span.count {
      let length = characterLength(span, position)
      let character = packedCharacter(span, position, length)
      if let previous, neighbours.value(previous, character) == TokenTable.missing {
        merger.encode(span, start..<position, vocabulary, bytes, into: &output)
        start = position
      }
      previous = character
      position += length
    }
    merger.encode(span, start..<span.count, vocabulary, bytes, into: &output)
  }

  /// The bytes of the text that a token stands for.
  package func piece(_ id: TokenID) -> [UInt8] { sentencePiece(id, of: vocabulary) }
}

/// U+2581, which stands for a space in vocabularies of SentencePiece.
let spaceSymbol: [UInt8] = [0xe2, 0x96, 0x81]

/// The text of a token in a vocabulary of SentencePiece.
func sentencePiece(_ id: TokenID, of vocabulary: Vocabulary) -> [UInt8] {
  let token = vocabulary.tokens[Int(id)].bytes
  switch vocabulary.kinds[Int(id)] {
  case .byte: return vocabulary.byte(of: id).map { [$0] } ?? []
  case .unknown, .control, .userDefined: return token
  case .undefined, .unused: return []
  case .normal: break
  }
  var output: [UInt8] = []
  var position = 0
  while position < token.count {
    if token[position...].starts(with: spaceSymbol) {
      output.append(0x20)
      position += 3
    } else {
      output.append(token[position])
      position += 1
    }
  }
  return output
}

/// Bytes of the character at a position, by its first byte alone, and no more than there are.
func characterLength(_ text: Span<UInt8>, _ position: Int) -> Int {
  let length =
    switch text[position] {
    case 0..<0xc0: 1
    case 0xc0..<0xe0: 2
    case 0xe0..<0xf0: 3
    default: 4
    }
  return min(length, text.count - position)
}

/// Up to four bytes as one number.
func packedCharacter(_ text: Span<UInt8>, _ position: Int, _ length: Int) -> UInt32 {
  var value: UInt32 = 0
  for offset in 0..<length { value = value << 8 | UInt32(text[position + offset]) }
  return value
}
