internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

/// How a `tokenizer.json` turns a word into tokens.
protocol StructuredModel: Sendable {
  /// Appends the tokens of a word.
  func encode(_ word: [UInt32], into output: inout [TokenID])
}

/// The vocabulary of a `tokenizer.json`: texts and their numbers.
struct StructuredVocabulary: Sendable {
  private var table: TokenTable
  private var ids: [TokenID] = []

  /// An empty one that holds `capacity` tokens without growing.
  init(capacity: Int) { table = TokenTable(capacity: capacity) }

  /// Reads `{"text": number}`.
  init(_ value: JSONValue?) throws(PatternError) {
    guard let object = value?.object else { throw PatternError("the model has no vocabulary") }
    self.init(capacity: object.count)
    for member in object.members {
      guard let id = member.value.integer, let number = TokenID(exactly: id), number >= 0 else {
        throw PatternError("the token '\(member.key)' has no number that can be used")
      }
      insert(member.key.bytes, number)
    }
  }

  /// Adds a token.
  mutating func insert(_ text: [UInt8], _ id: TokenID) {
    let index = Int(table.insert(text))
    if index == ids.count { ids.append(id) } else { ids[index] = id }
  }

  /// The number of a token, if it is one.
  func id(_ text: Span<UInt8>) -> TokenID? {
    let index = table.index(of: text)
    return index == TokenTable.missing ? nil : ids[Int(index)]
  }

  /// The number of a token, if it is one.
  func id(_ text: [UInt8]) -> TokenID? { id(text.span) }

  /// Calls back with the length and the number of every token that is a prefix of `text` from a place on.
  func eachPrefix(
    of text: Span<UInt8>, from start: Int, longest: Int, _ body: (Int, TokenID) -> Void
  ) {
    table.eachPrefix(of: text, from: start, longest: longest) { count, index in
      body(count, ids[Int(index)])
    }
  }

  /// The tokens for bytes, `<0x00>` to `<0xFF>`, where all are there.
  func byteTokens() -> [TokenID]? {
    let tokens = (0...255).compactMap { id(byteTokenName(UInt8($0))) }
    return tokens.count == 256 ? tokens : nil
  }
}

/// The name of the token for a byte: `<0x0A>`.
func byteTokenName(_ byte: UInt8) -> [UInt8] {
  let digits = Array("0123456789ABCDEF".utf8)
  return Array("<0x".utf8) + [digits[Int(byte >> 4)], digits[Int(byte & 15)], 0x3E]
}

/// The UTF-8 bytes of characters.
func utf8(_ text: [UInt32]) -> [UInt8] {
  var bytes: [UInt8] = []
  bytes.reserveCapacity(text.count)
  for scalar in text { bytes += Array(String(Unicode.Scalar(scalar) ?? "\u{FFFD}").utf8) }
  return bytes
}

/// Byte pairs, or pairs of whatever characters the steps before have made.
struct StructuredPairs: StructuredModel {
  private let vocabulary: StructuredVocabulary
  private let pairs: PairMerges
  private let unknown: TokenID?
  private let fusesUnknown: Bool
  private let bytes: [TokenID]?
  private let ignoresMerges: Bool
  private let prefix: [UInt8]
  private let suffix: [UInt8]

  init(_ model: JSONValue) throws(PatternError) {
    vocabulary = try StructuredVocabulary(model["vocab"])
    prefix = model["continuing_subword_prefix"]?.string?.bytes ?? []
    suffix = model["end_of_word_suffix"]?.string?.bytes ?? []
    unknown = model["unk_token"]?.string.flatMap { [vocabulary] in vocabulary.id($0.bytes) }
    fusesUnknown = model["fuse_unk"]?.bool ?? false
    bytes = model["byte_fallback"]?.bool == true ? vocabulary.byteTokens() : nil
    ignoresMerges = model["ignore_merges"]?.bool ?? false
    let entries = model["merges"]?.array ?? []
    var pairs = PairMerges(capacity: entries.count)
    for entry in entries {
      guard let (left, right) = Self.parts(entry, vocabulary) else {
        pairs.skip()
        continue
      }
      let rest = right.starts(with: prefix) ? right.dropFirst(prefix.count) : right[...]
      if let first = vocabulary.id(left), let second = vocabulary.id(right),
        let joined = vocabulary.id(left + rest)
      {
        pairs.add(first, second, joined)
      } else {
        pairs.skip()
      }
    }
    self.pairs = pairs
  }

  /// The two parts of a merge; old files join them by a space, which may itself be in one of them.
  private static func parts(
    _ entry: JSONValue, _ vocabulary: StructuredVocabulary
  ) -> ([UInt8], [UInt8])? {
    if let pair = entry.array, pair.count == 2, let left = pair[0].string,
      let right = pair[1].string
    {
      return (left.bytes, right.bytes)
    }
    guard let text = entry.string?.bytes else { return nil }
    for place in text.indices where text[place] == 0x20 && place > 0 && place + 1 < text.count {
      let (left, right) = (Array(text[..<place]), Array(text[(place + 1)...]))
      if vocabulary.id(left) != nil, vocabulary.id(right) != nil { return (left, right) }
    }
    return nil
  }

  func encode(_ word: [UInt32], into output: inout [TokenID]) {
    if ignoresMerges, let id = vocabulary.id(utf8(word)) {
      output.append(id)
      return
    }
    var symbols: [TokenID] = []
    symbols.reserveCapacity(word.count)
    var isUnknown = false
    for (index, scalar) in word.enumerated() {
      var character = utf8([scalar])
      if index > 0 { character = prefix + character }
      if index == word.count - 1 { character += suffix }
      if let id = vocabulary.id(character) {
        symbols.append(id)
        isUnknown = false
      } else if let bytes {
        symbols += character.map { bytes[Int($0)] }
      } else if let unknown {
        if !isUnknown || !fusesUnknown { symbols.append(unknown) }
        isUnknown = true
      }
    }
    var merger = BytePairMerger()
    output += merger.joined(symbols, pairs)
  }
}

/// The longest tokens from the left.
struct StructuredWordPiece: StructuredModel {
  private let vocabulary: StructuredVocabulary
  private let unknown: TokenID?
  private let prefix: [UInt8]
  private let longest: Int

  init(_ model: JSONValue) throws(PatternError) {
    vocabulary = try StructuredVocabulary(model["vocab"])
    unknown = vocabulary.id((model["unk_token"]?.string ?? "[UNK]").bytes)
    prefix = (model["continuing_subword_prefix"]?.string ?? "##").bytes
    longest = model["max_input_chars_per_word"]?.integer ?? 100
  }

  func encode(_ word: [UInt32], into output: inout [TokenID]) {
    func giveUp() { if let unknown { output.append(unknown) } }
    guard word.count <= longest else { return giveUp() }
    let pieces = word.map { utf8([$0]) }
    var tokens: [TokenID] = []
    var start = 0
    while start < pieces.count {
      var end = pieces.count
      var found: TokenID?
      while end > start {
        let text = (start > 0 ? prefix : []) + pieces[start..<end].flatMap { $0 }
        found = vocabulary.id(text)
        if found != nil { break }
        end -= 1
      }
      guard let found else { return giveUp() }
      tokens.append(found)
      start = end
    }
    output += tokens
  }
}

/// The most probable tokens.
struct StructuredUnigram: StructuredModel {
  private let lattice: UnigramLattice
  private let unknown: TokenID?
  private let bytes: [TokenID]?

  init(_ model: JSONValue) throws(PatternError) {
    let entries = model["vocab"]?.array ?? []
    var tokens: [(text: [UInt8], id: TokenID, score: Double)] = []
    var vocabulary = StructuredVocabulary(capacity: entries.count)
    for (index, entry) in entries.enumerated() {
      guard let pair = entry.array, pair.count == 2, let text = pair[0].string,
        let score = pair[1].double
      else { throw PatternError("an entry of the vocabulary is no text with a score") }
      tokens.append((text.bytes, TokenID(index), score))
      vocabulary.insert(text.bytes, TokenID(index))
    }
    unknown = model["unk_id"]?.integer.flatMap { TokenID(exactly: $0) }
    bytes = model["byte_fallback"]?.bool == true ? vocabulary.byteTokens() : nil
    lattice = UnigramLattice(
      tokens, unknown: unknown ?? -2, worst: tokens.lazy.map(\.score).min() ?? 0)
  }

  func encode(_ word: [UInt32], into output: inout [TokenID]) {
    let text = utf8(word)
    for piece in lattice.pieces(text.span) {
      if let token = piece.token {
        output.append(token)
      } else if let bytes {
        output += text[piece.range].map { bytes[Int($0)] }
      } else if let unknown {
        output.append(unknown)
      }
    }
  }
}

/// Whole words.
struct StructuredWords: StructuredModel {
  private let vocabulary: StructuredVocabulary
  private let unknown: TokenID?

  init(_ model: JSONValue) throws(PatternError) {
    vocabulary = try StructuredVocabulary(model["vocab"])
    unknown = vocabulary.id((model["unk_token"]?.string ?? "<unk>").bytes)
  }

  func encode(_ word: [UInt32], into output: inout [TokenID]) {
    if let id = vocabulary.id(utf8(word)) ?? unknown { output.append(id) }
  }
}
