/// What a `tokenizer.model` does to a text before it is cut, as SentencePiece's library does it
/// (`normalizer.cc`, `Normalizer::Normalize`).
struct SentencePieceNormalizer: Sendable {
  private let map: CharacterMap
  private let file: Rules
  /// Texts that stay as they are.
  private let literals: PieceMatcher

  private struct Rules: Sendable {
    let addsSpace: Bool
    let addsBehind: Bool
    let removesExtraSpaces: Bool
    let space: [UInt8]
  }

  /// Returns nil where the file's table of characters is damaged.
  init?(_ file: SentencePieceFile, literals: PieceMatcher, removesExtraSpaces: Bool) {
    guard let map = CharacterMap(file.characterMap) else { return nil }
    self.map = map
    self.literals = literals
    self.file = Rules(
      addsSpace: file.addsSpacePrefix, addsBehind: file.addsSpaceBehind,
      removesExtraSpaces: removesExtraSpaces,
      space: file.escapesSpaces ? spaceSymbol : [0x20])
  }

  /// The text as it is cut.
  func normalized(_ text: Span<UInt8>) -> [UInt8] {
    var position = 0
    if file.removesExtraSpaces {
      while position < text.count {
        let (bytes, count) = next(text, position)
        guard bytes == [0x20] else { break }
        position += count
      }
      if position == text.count { return [] }
    }
    var output: [UInt8] = []
    output.reserveCapacity(text.count + text.count / 2 + 3)
    if file.addsSpace, !file.addsBehind { output += file.space }
    var isAfterSpace = file.removesExtraSpaces
    while position < text.count {
      let (bytes, count) = next(text, position)
      let kept = isAfterSpace ? bytes.drop { $0 == 0x20 } : bytes
      for byte in kept {
        if byte == 0x20 { output += file.space } else { output.append(byte) }
      }
      if let last = kept.last { isAfterSpace = last == 0x20 }
      if !file.removesExtraSpaces { isAfterSpace = false }
      position += count
    }
    if file.removesExtraSpaces {
      while output.count >= file.space.count, output.suffix(file.space.count) == file.space[...] {
        output.removeLast(file.space.count)
      }
    }
    if file.addsSpace, file.addsBehind { output += file.space }
    return output
  }

  /// What the characters at a place become, and how many bytes they are.
  private func next(_ text: Span<UInt8>, _ position: Int) -> (ArraySlice<UInt8>, Int) {
    if let count = literals.longest(text, at: position) {
      return ((position..<position + count).map { text[$0] }[...], count)
    }
    if let found = map.replacement(text, at: position, .longest) {
      return (found.text, found.count)
    }
    guard let count = validLength(text, position) else { return ([0xEF, 0xBF, 0xBD], 1) }
    return ((position..<position + count).map { text[$0] }[...], count)
  }
}

/// Finds the longest of some texts that begins at a place.
struct PieceMatcher: Sendable {
  private var table: TokenTable
  private var limit = 0

  /// Takes the texts; empty ones do not count.
  init(_ texts: some Sequence<[UInt8]>) {
    table = TokenTable(capacity: 64)
    for text in texts where !text.isEmpty {
      _ = table.insert(text)
      limit = max(limit, text.count)
    }
  }

  /// The bytes of the longest; nil where none begins there.
  func longest(_ text: Span<UInt8>, at position: Int) -> Int? {
    guard limit > 0 else { return nil }
    var found: Int?
    table.eachPrefix(of: text, from: position, longest: min(limit, text.count - position)) {
      count, _ in
      found = count
    }
    return found
  }
}
