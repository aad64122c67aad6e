internal import WeighbridgeByteIO
package import WeighbridgeModelIR

/// Byte-level byte-pair encoding: `tokenizer.ggml.model` = `gpt2`.
///
/// A text is cut into words by `tokenizer.ggml.pre`, and within a word neighbours are joined in the
/// order of `tokenizer.ggml.merges`.
package struct BytePair: Tokenizer {
  /// The name in `tokenizer.ggml.model`.
  package static let ggufName = "gpt2"
  /// The tokens.
  package let vocabulary: Vocabulary
  /// Whether the text of a first token begins with a space that `encode` has put there.
  package let addsSpacePrefix: Bool
  private let pretokenizer: Pretokenizer
  private let merges: MergeTable

  /// Reads the vocabulary and all else that it needs.
  package init(_ metadata: Metadata) throws(ModelError) {
    let name = metadata["tokenizer.ggml.pre"]?.string?.text ?? "default"
    guard let pretokenizer = PretokenizerRegistry.named(name) else {
      throw ModelError(
        .unsupportedTokenizer, "tokenizer.ggml.pre", "pre-tokenizer '\(name)' is unknown",
        hint: "known are " + PretokenizerRegistry.names.joined(separator: ", "))
    }
    guard let list = metadata["tokenizer.ggml.merges"]?.array?.strings else {
      throw ModelError(
        .missingMetadata, "tokenizer.ggml.merges", "a byte-pair vocabulary needs its merges")
    }
    let vocabulary = try Vocabulary(
      metadata, defaults: .init(begin: 11, end: 11, addsBegin: pretokenizer.addsBegin))
    self.vocabulary = vocabulary
    self.pretokenizer = pretokenizer
    addsSpacePrefix = metadata["tokenizer.ggml.add_space_prefix"]?.bool ?? false
    merges = MergeTable(vocabulary, list)
  }

  /// Cuts a stretch of text that holds no special tokens, and appends the tokens' numbers.
  package func encode(_ text: Span<UInt8>, atStart: Bool, into output: inout [TokenID]) {
    if let repaired = repairedUTF8(text) {
      encode(valid: repaired.span, into: &output)
    } else {
      encode(valid: text, into: &output)
    }
  }

  private func encode(valid text: Span<UInt8>, into output: inout [TokenID]) {
    let characters = ClassifiedText(valid: text)
    var merger = BytePairMerger()
    var words: [Range<Int>] = []
    words.reserveCapacity(text.count / 4)
    pretokenizer.split(characters) { range in
      words.append(characters.offsets[range.lowerBound]..<characters.offsets[range.upperBound])
    }
    for word in words {
      let bytes = text.extracting(word)
      if pretokenizer.ignoresMerges, let id = merges.token(bytes) {
        output.append(id)
      } else {
        merger.encode(bytes, merges, into: &output)
      }
    }
  }

  /// The bytes of the text that a token stands for.
  package func piece(_ id: TokenID) -> [UInt8] {
    let token = vocabulary.tokens[Int(id)].bytes
    switch vocabulary.kinds[Int(id)] {
    case .byte: return vocabulary.byte(of: id).map { [$0] } ?? []
    case .unknown, .control, .userDefined: return token
    case .undefined, .unused: return []
    case .normal: return ByteAlphabet.bytes(of: token) ?? token
    }
  }
}

/// The 256 printable characters that stand for bytes in byte-level vocabularies.
enum ByteAlphabet {
  /// The character of each byte.
  static let characters: [UInt32] = {
    var free: UInt32 = 256
    return (0...255).map { (byte: UInt32) in
      switch byte {
      case 0x21...0x7e, 0xa1...0xac, 0xae...0xff: return byte
      default:
        free += 1
        return free - 1
      }
    }
  }()

  /// The byte of each character up to U+0143; 256 where there is none.
  private static let table: [UInt16] = {
    var table = [UInt16](repeating: 256, count: 0x144)
    for (byte, character) in characters.enumerated() { table[Int(character)] = UInt16(byte) }
    return table
  }()

  /// The bytes that a token's characters stand for; nil where one of them stands for none.
  static func bytes(of token: [UInt8]) -> [UInt8]? {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(token.count)
    let span = token.span
    var position = 0
    while position < span.count {
      let length = characterLength(span, position)
      guard length <= 2 else { return nil }
      let first = Int(span[position])
      let character = length == 1 ? first : (first & 0x1f) << 6 | Int(span[position + 1] & 0x3f)
      guard character < table.count, table[character] < 256 else { return nil }
      bytes.append(UInt8(table[character]))
      position += length
    }
    return bytes
  }
}

/// Which symbols join to which, in which order.
struct PairMerges: Sendable {
  /// The rank of a pair of symbols.
  private var ranks: PairTable
  /// The symbol that the pair of each rank joins to.
  private(set) var joined: [Int32] = []

  /// None yet; `capacity` of them need no growing.
  init(capacity: Int) { ranks = PairTable(capacity: capacity) }

  /// Adds the pair of the next rank.
  mutating func add(_ left: Int32, _ right: Int32, _ result: Int32) {
    ranks.insert(
      UInt32(bitPattern: left), UInt32(bitPattern: right), Int32(truncatingIfNeeded: joined.count))
    joined.append(result)
  }

  /// Gives the next rank to no pair.
  mutating func skip() { joined.append(TokenTable.missing) }

  /// The rank of joining two symbols, or a number larger than any.
  func rank(_ left: Int32, _ right: Int32) -> Int32 {
    let rank = ranks.value(UInt32(bitPattern: left), UInt32(bitPattern: right))
    return rank == TokenTable.missing ? Int32.max : rank
  }
}

/// The merges of a byte-level vocabulary; all symbols as the bytes that they stand for.
struct MergeTable: Sendable {
  private var symbols: TokenTable
  /// The token of each symbol, or -1.
  private(set) var tokens: [TokenID] = []
  /// Which symbols join.
  private(set) var pairs: PairMerges
  /// The symbol of each byte.
  private(set) var bytes: [Int32] = []

  /// Reads merges (`left right`) of a vocabulary.
  init(_ vocabulary: Vocabulary, _ merges: [ByteString]) {
    symbols = TokenTable(capacity: vocabulary.count + 256)
    pairs = PairMerges(capacity: merges.count)
    for byte in UInt8.min...UInt8.max { bytes.append(symbol([byte])) }
    for (id, token) in vocabulary.tokens.enumerated() {
      guard let text = ByteAlphabet.bytes(of: token.bytes) else { continue }
      tokens[Int(symbol(text))] = TokenID(id)
    }
    for merge in merges {
      // The first character may itself be a space in broken files; it never separates.
      guard let space = merge.bytes.dropFirst().firstIndex(of: 0x20),
        let left = ByteAlphabet.bytes(of: Array(merge.bytes[..<space])),
        let right = ByteAlphabet.bytes(of: Array(merge.bytes[(space + 1)...]))
      else {
        pairs.skip()
        continue
      }
      pairs.add(symbol(left), symbol(right), symbol(left + right))
    }
  }

  private mutating func symbol(_ bytes: [UInt8]) -> Int32 {
    let index = symbols.insert(bytes)
    if Int(index) == tokens.count { tokens.append(TokenTable.missing) }
    return index
  }

  /// The token that is exactly these bytes.
  func token(_ bytes: Span<UInt8>) -> TokenID? {
    let symbol = symbols.index(of: bytes)
    guard symbol != TokenTable.missing, tokens[Int(symbol)] >= 0 else { return nil }
    return tokens[Int(symbol)]
  }
}
