/// What the text of a token is made of.
public enum TokenClass: String, Hashable, Sendable, CaseIterable {
  /// A control token.
  case special
  /// Spaces and line feeds alone.
  case space
  /// A digit first.
  case digits
  /// Punctuation and operators.
  case punctuation
  case latin
  case greek
  case cyrillic
  case arabic
  case hebrew
  case devanagari
  case thai
  case han
  case kana
  case hangul
  /// Letters of other scripts, and symbols.
  case other
  /// Bytes that are no whole character.
  case bytes

  /// Blocks of Unicode, by their first and last code points.
  private static let blocks: [(ClosedRange<UInt32>, TokenClass)] = [
    (0x30...0x39, .digits), (0x41...0x5A, .latin), (0x61...0x7A, .latin),
    (0x21...0x7E, .punctuation),
    (0xAA...0xAA, .latin), (0xBA...0xBA, .latin), (0xA1...0xBF, .punctuation),
    (0xC0...0x24F, .latin), (0x250...0x2AF, .latin), (0x370...0x3FF, .greek),
    (0x400...0x52F, .cyrillic), (0x590...0x5FF, .hebrew), (0x660...0x669, .digits),
    (0x600...0x6FF, .arabic), (0x750...0x77F, .arabic), (0x966...0x96F, .digits),
    (0x900...0x97F, .devanagari), (0xE00...0xE7F, .thai), (0x1100...0x11FF, .hangul),
    (0x1E00...0x1EFF, .latin), (0x1F00...0x1FFF, .greek), (0x2010...0x205E, .punctuation),
    (0x2E80...0x2FDF, .han), (0x3001...0x303F, .punctuation), (0x3040...0x30FF, .kana),
    (0x3130...0x318F, .hangul), (0x31F0...0x31FF, .kana), (0x3400...0x4DBF, .han),
    (0x4E00...0x9FFF, .han), (0xAC00...0xD7AF, .hangul), (0xF900...0xFAFF, .han),
    (0xFB50...0xFDFF, .arabic), (0xFE70...0xFEFF, .arabic), (0xFF10...0xFF19, .digits),
    (0xFF01...0xFF20, .punctuation), (0xFF66...0xFF9D, .kana), (0x20000...0x323AF, .han),
  ]

  /// The class of a token's bytes, by its first character that is no space.
  init(_ bytes: [UInt8], isControl: Bool) {
    guard !isControl else {
      self = .special
      return
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      self = .bytes
      return
    }
    guard let first = text.unicodeScalars.first(where: { !$0.properties.isWhitespace }) else {
      self = text.isEmpty ? .special : .space
      return
    }
    self = Self.blocks.first { $0.0.contains(first.value) }?.1 ?? .other
  }
}
