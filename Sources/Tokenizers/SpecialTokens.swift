internal import WeighbridgeByteIO

/// Finds special tokens in a text before anything else does.
///
/// Longer ones first over the whole text, then shorter ones in what is left, as llama.cpp does: not
/// the leftmost first.
struct SpecialTokens: Sendable {
  /// A stretch of the text, or a token that was found.
  enum Fragment {
    case text(Range<Int>)
    case token(TokenID)
  }

  private struct Entry {
    let id: TokenID
    let bytes: [UInt8]
    /// Control and unknown tokens are looked for only on request.
    let isControl: Bool
    /// Whether white space after the token belongs to it.
    let stripsRight: Bool
  }

  /// Longest first.
  private let entries: [Entry]
  /// Indices into `entries` by first byte.
  private let byFirstByte: [[Int]]

  /// Collects the control, user-defined and unknown tokens of a vocabulary.
  init(_ vocabulary: Vocabulary, modelName: ByteString) {
    // Phi-3's special tokens swallow the white space after them, which no metadata says; llama.cpp
    // goes by the model's name, and so does this.
    let name = modelName.text.lowercased()
    let isPhi3 = name.utf8.count >= 4 && (name.contains("phi-3") || name.contains("phi3"))
    let plain: [ByteString] = ["<unk>", "<s>", "<|endoftext|>"]
    var entries: [Entry] = []
    for (index, token) in vocabulary.tokens.enumerated() where !token.isEmpty {
      let kind = vocabulary.kinds[index]
      guard kind == .control || kind == .userDefined || kind == .unknown else { continue }
      entries.append(
        Entry(
          id: TokenID(index), bytes: token.bytes, isControl: kind != .userDefined,
          stripsRight: isPhi3 && !plain.contains(token)))
    }
    entries.sort { ($1.bytes.count, $0.id) < ($0.bytes.count, $1.id) }
    self.init(entries)
  }

  private init(_ entries: [Entry]) {
    var byFirstByte = [[Int]](repeating: [], count: 256)
    for (index, entry) in entries.enumerated() { byFirstByte[Int(entry.bytes[0])].append(index) }
    self.entries = entries
    self.byFirstByte = byFirstByte
  }

  /// The same but for some tokens, which are left in the text.
  func without(_ isLeft: (TokenID) -> Bool) -> SpecialTokens {
    SpecialTokens(entries.filter { !isLeft($0.id) })
  }

  /// The tokens to which white space behind them belongs.
  var stripping: Set<TokenID> { Set(entries.lazy.filter(\.stripsRight).map(\.id)) }

  /// Cuts a text at its special tokens.
  func split(_ text: [UInt8], parseControl: Bool) -> [Fragment] {
    guard !text.isEmpty else { return [] }
    var fragments: [Fragment] = [.text(0..<text.count)]
    for index in present(in: text, parseControl: parseControl) {
      var next: [Fragment] = []
      for fragment in fragments {
        switch fragment {
        case .token: next.append(fragment)
        case .text(let range): split(text, range, at: entries[index], into: &next)
        }
      }
      fragments = next
    }
    return fragments
  }

  /// The entries that occur at all, in order: nearly every text holds next to none.
  private func present(in text: [UInt8], parseControl: Bool) -> [Int] {
    var found = [Bool](repeating: false, count: entries.count)
    for position in text.indices {
      for index in byFirstByte[Int(text[position])] where !found[index] {
        guard parseControl || !entries[index].isControl else { continue }
        if matches(text, position, entries[index].bytes, before: text.count) { found[index] = true }
      }
    }
    return found.indices.filter { found[$0] }
  }

  private func split(
    _ text: [UInt8], _ range: Range<Int>, at entry: Entry, into output: inout [Fragment]
  ) {
    var start = range.lowerBound
    var position = start
    while position < range.upperBound {
      guard text[position] == entry.bytes[0],
        matches(text, position, entry.bytes, before: range.upperBound)
      else {
        position += 1
        continue
      }
      if start < position { output.append(.text(start..<position)) }
      output.append(.token(entry.id))
      position += entry.bytes.count
      if entry.stripsRight {
        while position < range.upperBound, isSpace(text[position]) { position += 1 }
      }
      start = position
    }
    if start < range.upperBound { output.append(.text(start..<range.upperBound)) }
  }

  private func matches(
    _ text: [UInt8], _ position: Int, _ bytes: [UInt8], before end: Int
  ) -> Bool {
    guard position + bytes.count <= end else { return false }
    for (offset, byte) in bytes.enumerated() where text[position + offset] != byte { return false }
    return true
  }

  private func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0d).contains(byte) }
}
