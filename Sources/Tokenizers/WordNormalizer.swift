// The decomposition of characters is in the standard library, though not yet in its public face;
// a table of our own would be two thousand lines of the same facts.
@_spi(_Unicode) internal import Swift

/// Cuts text into BERT's words: at white space, around punctuation and around Chinese characters.
struct WordNormalizer: Sendable {
  /// Whether letters become small.
  let lowercases: Bool
  /// Whether accents are taken off.
  let stripsAccents: Bool

  /// The words of valid UTF-8, none of them empty.
  func words(_ text: [UInt8]) -> [[UInt8]] {
    let string = String(decoding: text, as: UTF8.self)
    var words: [[UInt8]] = []
    var word: [UInt8] = []
    func finish() {
      if !word.isEmpty { words.append(word) }
      word = []
    }
    func take(_ scalar: Unicode.Scalar) {
      let properties = scalar.properties
      if properties.isWhitespace { return finish() }
      switch properties.generalCategory {
      case .control, .format, .surrogate, .privateUse: return
      case .nonspacingMark where stripsAccents: return
      default: break
      }
      if scalar.value == 0xfffd { return }
      let isAlone = self.isAlone(scalar)
      if isAlone { finish() }
      if lowercases {
        word += Array(properties.lowercaseMapping.utf8)
      } else {
        word += Array(String(scalar).utf8)
      }
      if isAlone { finish() }
    }
    if stripsAccents, text.contains(where: { $0 >= 0x80 }) {
      for scalar in string._nfd { take(scalar) }
    } else {
      for scalar in string.unicodeScalars { take(scalar) }
    }
    finish()
    return words
  }

  /// Whether a character is a word of its own.
  private func isAlone(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation,
      .initialPunctuation, .finalPunctuation, .otherPunctuation:
      true
    case .mathSymbol, .currencySymbol, .modifierSymbol, .otherSymbol: scalar.value < 0x7f
    default: WordNormalizer.isChinese(scalar.value)
    }
  }

  /// Whether a character is one of Chinese writing, as BERT counts them.
  static func isChinese(_ scalar: UInt32) -> Bool {
    scalar >= 0x3400 && chinese.contains { $0.contains(scalar) }
  }

  private static let chinese: [ClosedRange<UInt32>] = [
    0x4e00...0x9fff, 0x3400...0x4dbf, 0x20000...0x2a6df, 0x2a700...0x2b73f, 0x2b740...0x2b81f,
    0x2b920...0x2ceaf, 0xf900...0xfaff, 0x2f800...0x2fa1f,
  ]
}
