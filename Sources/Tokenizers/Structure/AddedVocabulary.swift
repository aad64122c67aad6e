internal import WeighbridgeByteIO
internal import WeighbridgeJSON

/// The tokens of a `tokenizer.json` that are found before anything is cut: the leftmost first, and of
/// several that begin there the longest.
struct AddedVocabulary: Sendable {
  /// One token.
  struct Token: Sendable {
    let id: TokenID
    let content: [UInt32]
    let isSpecial: Bool
    let isSingleWord: Bool
    let stripsLeft: Bool
    let stripsRight: Bool
  }

  /// A part of a text.
  enum Part: Sendable {
    case token(TokenID)
    case text(Range<Int>)
  }

  /// By first character, the longest first.
  private var tokens: [UInt32: [Token]] = [:]

  /// Takes the tokens; `normalize` is done to what they look like.
  init(_ entries: [JSONValue], normalize: ([UInt32]) -> [UInt32]) throws(PatternError) {
    for entry in entries {
      guard let id = entry["id"]?.integer, let number = TokenID(exactly: id), number >= 0,
        let text = entry["content"]?.text
      else { throw PatternError("an added token has no number or no content") }
      func flag(_ key: ByteString) -> Bool { entry[key]?.bool ?? false }
      let content = normalize(text.unicodeScalars.map(\.value))
      guard let first = content.first else { continue }
      tokens[first, default: []].append(
        Token(
          id: number, content: content, isSpecial: flag("special"),
          isSingleWord: flag("single_word"), stripsLeft: flag("lstrip"),
          stripsRight: flag("rstrip")))
    }
    for key in tokens.keys { tokens[key]?.sort { $0.content.count > $1.content.count } }
  }

  /// Cuts a text at its tokens; special ones only where `parsesSpecial` says so.
  func split(_ text: [UInt32], parsesSpecial: Bool) -> [Part] {
    var parts: [Part] = []
    var start = 0
    var position = 0
    while position < text.count {
      guard
        let token = tokens[text[position]]?.first(where: {
          text[position...].starts(with: $0.content)
        })
      else {
        position += 1
        continue
      }
      let end = position + token.content.count
      guard parsesSpecial || !token.isSpecial, stands(token, text, position, end) else {
        position = end
        continue
      }
      var (from, to) = (position, end)
      if token.stripsLeft {
        while from > start, CharacterClass(text[from - 1]).contains(.space) { from -= 1 }
      }
      if token.stripsRight {
        while to < text.count, CharacterClass(text[to]).contains(.space) { to += 1 }
      }
      if start < from { parts.append(.text(start..<from)) }
      parts.append(.token(token.id))
      start = to
      position = max(end, to)
    }
    if start < text.count { parts.append(.text(start..<text.count)) }
    return parts
  }

  private func stands(_ token: Token, _ text: [UInt32], _ start: Int, _ end: Int) -> Bool {
    guard token.isSingleWord else { return true }
    return !(start > 0 && ScalarSet.wordSet.contains(text[start - 1]))
      && !(end < text.count && ScalarSet.wordSet.contains(text[end]))
  }
}
