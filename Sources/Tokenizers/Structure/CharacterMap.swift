/// SentencePiece's compiled table of characters to replace: a double array of prefixes, and the texts
/// that stand for them.
///
/// A damaged table never traps: a node outside the array is no match.
struct CharacterMap: Sendable {
  private let units: [UInt32]
  private let texts: [UInt8]

  /// Reads the table; empty for no bytes, nil for bytes that are no table.
  init?(_ bytes: [UInt8]) {
    guard !bytes.isEmpty else {
      units = []
      texts = []
      return
    }
    guard bytes.count >= 4 else { return nil }
    let size = (0..<4).reduce(0) { $0 | Int(bytes[$1]) << (8 * $1) }
    guard size % 4 == 0, size <= bytes.count - 4 else { return nil }
    units = stride(from: 4, to: 4 + size, by: 4).map { place in
      (0..<4).reduce(0) { $0 | UInt32(bytes[place + $1]) << UInt32(8 * $1) }
    }
    texts = Array(bytes[(4 + size)...])
  }

  /// Whether there is nothing to replace.
  var isEmpty: Bool { units.isEmpty }

  /// Which prefix counts where several are in the table.
  enum Preference: Sendable {
    /// SentencePiece's own choice.
    case longest
    /// What the tokenizers of Hugging Face take.
    case shortest
  }

  /// The replacement of a prefix of `text` from a place on, and the bytes that it replaces.
  func replacement(
    _ text: Span<UInt8>, at start: Int, _ preference: Preference
  ) -> (text: ArraySlice<UInt8>, count: Int)? {
    guard let root = units.first else { return nil }
    var node = Self.offset(root)
    var found: (place: Int, count: Int)?
    for index in start..<text.count {
      let byte = UInt32(text[index])
      guard byte != 0 else { break }
      node ^= Int(byte)
      guard node < units.count, units[node] & 0x8000_00FF == byte else { break }
      let unit = units[node]
      node ^= Self.offset(unit)
      guard unit >> 8 & 1 == 1, node < units.count else { continue }
      found = (Int(units[node] & 0x7FFF_FFFF), index + 1 - start)
      if preference == .shortest { break }
    }
    guard let found, found.place < texts.count,
      let end = texts[found.place...].firstIndex(of: 0)
    else { return nil }
    return (texts[found.place..<end], found.count)
  }

  private static func offset(_ unit: UInt32) -> Int {
    Int(unit >> 10) << Int((unit & 1 << 9) >> 6)
  }
}

/// The bytes that a text in base 64 stands for; nil where it is none.
func decodedBase64(_ text: [UInt8]) -> [UInt8]? {
  var bytes: [UInt8] = []
  bytes.reserveCapacity(text.count / 4 * 3)
  var bits: UInt32 = 0
  var count = 0
  for character in text {
    let value: UInt8
    switch character {
    case 0x41...0x5A: value = character - 0x41
    case 0x61...0x7A: value = character - 0x61 + 26
    case 0x30...0x39: value = character - 0x30 + 52
    case 0x2B: value = 62
    case 0x2F: value = 63
    case 0x3D: continue
    default: return nil
    }
    bits = bits << 6 | UInt32(value)
    count += 6
    if count >= 8 {
      count -= 8
      bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
    }
  }
  return bytes
}

/// Bytes in base 64.
func encodedBase64(_ bytes: [UInt8]) -> [UInt8] {
  let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
  var text: [UInt8] = []
  text.reserveCapacity((bytes.count + 2) / 3 * 4)
  for start in stride(from: 0, to: bytes.count, by: 3) {
    let part = bytes[start..<min(start + 3, bytes.count)]
    let bits = (0..<3).reduce(UInt32(0)) {
      $0 << 8 | (start + $1 < bytes.count ? UInt32(bytes[start + $1]) : 0)
    }
    for index in 0..<4 {
      text.append(
        index <= part.count ? alphabet[Int(bits >> UInt32(18 - 6 * index) & 63)] : 0x3D)
    }
  }
  return text
}
