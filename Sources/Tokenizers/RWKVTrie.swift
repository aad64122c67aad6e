internal import WeighbridgeByteIO
package import WeighbridgeModelIR

/// RWKV's vocabulary: `tokenizer.ggml.model` = `rwkv`.
///
/// The longest token is taken, again and again.
/// Tokens are stored as Python would print their bytes: `\n`, `\x00`.
package struct RWKVTrie: Tokenizer {
  /// The name in `tokenizer.ggml.model`.
  package static let ggufName = "rwkv"
  /// The tokens.
  package let vocabulary: Vocabulary
  /// Whether the text of a first token begins with a space that `encode` has put there.
  package var addsSpacePrefix: Bool { false }
  private var table: TokenTable
  private var ids: [TokenID] = []
  private var texts: [[UInt8]] = []
  private var longest = 0

  /// Reads the vocabulary and all else that it needs.
  package init(_ metadata: Metadata) throws(ModelError) {
    vocabulary = try Vocabulary(metadata, defaults: .init(unknown: 0))
    table = TokenTable(capacity: vocabulary.count)
    for (id, token) in vocabulary.tokens.enumerated() {
      let text = Self.unescaped(token.bytes)
      texts.append(text)
      guard !text.isEmpty else { continue }
      let index = Int(table.insert(text))
      if index == ids.count { ids.append(TokenID(id)) } else { ids[index] = TokenID(id) }
      longest = max(longest, text.count)
    }
  }

  /// Cuts a stretch of text that holds no special tokens, and appends the tokens' numbers.
  package func encode(_ text: Span<UInt8>, atStart: Bool, into output: inout [TokenID]) {
    var position = 0
    while position < text.count {
      var found: (count: Int, id: TokenID)?
      table.eachPrefix(of: text, from: position, longest: min(longest, text.count - position)) {
        found = ($0, ids[Int($1)])
      }
      if let id = found?.id ?? vocabulary.unknown { output.append(id) }
      position += found?.count ?? 1
    }
  }

  /// The bytes of the text that a token stands for.
  package func piece(_ id: TokenID) -> [UInt8] { texts[Int(id)] }

  /// The bytes behind `\n`, `\r`, `\t` and `\xFF`; any other escaped character is itself.
  private static func unescaped(_ text: [UInt8]) -> [UInt8] {
    var output: [UInt8] = []
    var index = 0
    while index < text.count {
      guard text[index] == 0x5C, index + 1 < text.count else {
        output.append(text[index])
        index += 1
        continue
      }
      switch text[index + 1] {
      case 0x74: output.append(0x09)
      case 0x6E: output.append(0x0A)
      case 0x72: output.append(0x0D)
      case 0x78 where index + 3 < text.count:
        let digits = String(decoding: text[index + 2..<index + 4], as: UTF8.self)
        output.append(UInt8(digits, radix: 16) ?? 0)
        index += 2
      default: output.append(text[index + 1])
      }
      index += 2
    }
    return output
  }
}
