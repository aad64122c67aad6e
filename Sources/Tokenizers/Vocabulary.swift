package import WeighbridgeByteIO
internal import WeighbridgeModelIR

/// The number of a token.
package typealias TokenID = Int32

/// The tokens of a model as its metadata lists them: `tokenizer.ggml.*`.
package struct Vocabulary: Sendable {
  /// What a token is for; the numbers are those of `tokenizer.ggml.token_type`.
  package enum Kind: Int, Sendable {
    case undefined = 0, normal, unknown, control, userDefined, unused, byte
  }

  /// The tokens as they are stored, spaces and bytes still escaped.
  package let tokens: [ByteString]
  /// What each is for.
  package private(set) var kinds: [Kind]
  /// The score of each; zero where the model has none.
  package let scores: [Float]

  /// Stands before every text, where the model says so.
  package internal(set) var begin: TokenID?
  /// Ends a text.
  package internal(set) var end: TokenID?
  /// Stands for what no token holds.
  package internal(set) var unknown: TokenID?
  /// Stands between two texts.
  package internal(set) var separator: TokenID?
  /// Whether a text is to begin with `begin`.
  package internal(set) var addsBegin: Bool
  /// Whether a text is to end with `end`.
  package internal(set) var addsEnd: Bool

  /// Indices of the table are those of the first token with the bytes, `ids` their last.
  private let table: TokenTable
  private let ids: [TokenID]

  /// What a tokenizer's model assumes where the metadata says nothing.
  struct Defaults {
    var begin: TokenID?
    var end: TokenID?
    var unknown: TokenID?
    var separator: TokenID?
    var addsBegin = false
    var addsEnd = false
  }

  /// Reads and checks the lists.
  init(_ metadata: Metadata, defaults: Defaults) throws(ModelError) {
    guard let list = metadata["tokenizer.ggml.tokens"] else {
      throw ModelError(.missingMetadata, "tokenizer.ggml.tokens", "the model has no vocabulary")
    }
    guard let strings = list.array?.strings, !strings.isEmpty else {
      throw ModelError(
        .invalidMetadata, "tokenizer.ggml.tokens", "a list of strings is expected, not empty")
    }
    tokens = strings
    scores = try Vocabulary.scores(metadata, count: strings.count)
    kinds = try Vocabulary.kinds(metadata, count: strings.count)
    var table = TokenTable(capacity: strings.count)
    var ids: [TokenID] = []
    ids.reserveCapacity(strings.count)
    for (id, string) in strings.enumerated() {
      let index = Int(table.insert(string.bytes))
      if index == ids.count { ids.append(TokenID(id)) } else { ids[index] = TokenID(id) }
    }
    self.table = table
    self.ids = ids

    func special(_ name: ByteString, _ value: TokenID?) -> TokenID? {
      let inside = value.flatMap { Int($0) < strings.count ? $0 : nil }
      guard let id = metadata["tokenizer.ggml.\(name)_token_id"]?.integer else { return inside }
      return strings.indices.contains(id) ? TokenID(id) : inside
    }
    begin = special("bos", defaults.begin)
    end = special("eos", defaults.end)
    unknown = special("unknown", defaults.unknown)
    separator = special("seperator", defaults.separator)
    addsBegin = metadata["tokenizer.ggml.add_bos_token"]?.bool ?? defaults.addsBegin
    addsEnd = metadata["tokenizer.ggml.add_eos_token"]?.bool ?? defaults.addsEnd
    kinds = NamedTokens(ends: [end, special("eot", nil), special("eom", nil)].compactMap { $0 })
      .corrected(kinds, strings) { self.id(of: $0.bytes) }
  }

  /// The number of tokens.
  package var count: Int { tokens.count }

  /// The token with exactly these bytes.
  package func id(of bytes: [UInt8]) -> TokenID? { id(of: bytes.span) }

  /// The token with exactly these bytes.
  func id(of bytes: Span<UInt8>) -> TokenID? {
    let index = table.index(of: bytes)
    return index == TokenTable.missing ? nil : ids[Int(index)]
  }

  /// The token that stands for one byte: `<0x0A>`, or else the byte itself.
  func byteToken(_ byte: UInt8) -> TokenID? {
    let digits = Array("0123456789ABCDEF".utf8)
    let name = Array("<0x".utf8) + [digits[Int(byte >> 4)], digits[Int(byte & 15)], 0x3e]
    return id(of: name) ?? id(of: [byte])
  }

  /// The byte that a token such as `<0x0A>` stands for.
  func byte(of id: TokenID) -> UInt8? {
    let text = tokens[Int(id)].bytes
    guard text.count == 6, text.starts(with: "<0x".utf8), text[5] == 0x3e else { return nil }
    return UInt8(String(decoding: text[3..<5], as: UTF8.self), radix: 16)
  }

  private static func scores(_ metadata: Metadata, count: Int) throws(ModelError) -> [Float] {
    guard let list = metadata["tokenizer.ggml.scores"] else {
      return [Float](repeating: 0, count: count)
    }
    let values = list.array?.floats ?? list.array?.integers.map { $0.map { Float($0) } }
    guard let values, values.count >= count else {
      throw ModelError(
        .invalidMetadata, "tokenizer.ggml.scores",
        "\(count) numbers are expected, as many as tokens")
    }
    return Array(values.prefix(count))
  }

  private static func kinds(_ metadata: Metadata, count: Int) throws(ModelError) -> [Kind] {
    guard let list = metadata["tokenizer.ggml.token_type"] else {
      return [Kind](repeating: .normal, count: count)
    }
    guard let values = list.array?.integers, values.count >= count else {
      throw ModelError(
        .invalidMetadata, "tokenizer.ggml.token_type",
        "\(count) integers are expected, as many as tokens")
    }
    return values.prefix(count).map { Kind(rawValue: $0) ?? .undefined }
  }
}
