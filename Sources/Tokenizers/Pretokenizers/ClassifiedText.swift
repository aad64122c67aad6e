/// What a pattern may ask of a character; \s is apart from the general categories.
struct CharacterClass: OptionSet, Sendable {
  let rawValue: UInt16

  static let letter = CharacterClass(rawValue: 1)
  static let number = CharacterClass(rawValue: 2)
  static let mark = CharacterClass(rawValue: 4)
  static let punctuation = CharacterClass(rawValue: 8)
  static let symbol = CharacterClass(rawValue: 16)
  static let space = CharacterClass(rawValue: 32)
  static let newline = CharacterClass(rawValue: 64)
  /// Upper case and title case.
  static let upper = CharacterClass(rawValue: 128)
  /// Lower case.
  static let lower = CharacterClass(rawValue: 256)
  static let other = CharacterClass(rawValue: 512)

  /// The classes of a character.
  init(_ scalar: UInt32) {
    self =
      scalar < 128
      ? CharacterClass.ascii[Int(scalar)]
      : Unicode.Scalar(scalar).map { CharacterClass.lookUp($0) } ?? .other
  }

  init(rawValue: UInt16) { self.rawValue = rawValue }

  private static let ascii: [CharacterClass] = (0..<128).map {
    lookUp(Unicode.Scalar(UInt8($0)))
  }

  private static func lookUp(_ scalar: Unicode.Scalar) -> CharacterClass {
    var classes: CharacterClass =
      switch scalar.properties.generalCategory {
      case .uppercaseLetter, .titlecaseLetter: [.letter, .upper]
      case .lowercaseLetter: [.letter, .lower]
      case .modifierLetter, .otherLetter: .letter
      case .decimalNumber, .letterNumber, .otherNumber: .number
      case .nonspacingMark, .spacingMark, .enclosingMark: .mark
      case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation,
        .initialPunctuation, .finalPunctuation, .otherPunctuation:
        .punctuation
      case .mathSymbol, .currencySymbol, .modifierSymbol, .otherSymbol: .symbol
      case .spaceSeparator, .lineSeparator, .paragraphSeparator, .control, .format, .surrogate,
        .privateUse, .unassigned:
        .other
      @unknown default: .other
      }
    if scalar.properties.isWhitespace { classes.insert(.space) }
    if scalar == "\n" || scalar == "\r" { classes.insert(.newline) }
    return classes
  }
}

/// A text as characters, their classes and where each begins.
struct ClassifiedText {
  /// Code points.
  private(set) var scalars: [UInt32] = []
  /// Their classes.
  private(set) var classes: [CharacterClass] = []
  /// Where each begins in the bytes, and one more for the end.
  private(set) var offsets: [Int] = []

  /// Decodes UTF-8 that is known to be valid.
  init(valid text: Span<UInt8>) {
    scalars.reserveCapacity(text.count)
    classes.reserveCapacity(text.count)
    offsets.reserveCapacity(text.count + 1)
    var position = 0
    while position < text.count {
      let length = characterLength(text, position)
      var scalar = UInt32(text[position])
      if length > 1 {
        scalar &= 0x7f >> UInt32(length)
        for offset in 1..<length { scalar = scalar << 6 | UInt32(text[position + offset] & 0x3f) }
      }
      offsets.append(position)
      scalars.append(scalar)
      classes.append(CharacterClass(scalar))
      position += length
    }
    offsets.append(text.count)
  }

  /// Takes code points; offsets count them instead of bytes.
  init(_ scalars: [UInt32]) {
    self.scalars = scalars
    classes = scalars.map { CharacterClass($0) }
    offsets = Array(0...scalars.count)
  }

  /// The number of characters.
  var count: Int { scalars.count }

  /// Whether a character is in any of the classes; false past the end of the range.
  func isIn(_ set: CharacterClass, _ index: Int, _ end: Int) -> Bool {
    index < end && !classes[index].isDisjoint(with: set)
  }

  /// The end of a run of characters of the classes that begins at `start`.
  func run(of set: CharacterClass, from start: Int, to end: Int) -> Int {
    var index = start
    while index < end, !classes[index].isDisjoint(with: set) { index += 1 }
    return index
  }

  /// The end of a run of characters outside the classes.
  func run(notOf set: CharacterClass, from start: Int, to end: Int) -> Int {
    var index = start
    while index < end, classes[index].isDisjoint(with: set) { index += 1 }
    return index
  }
}

/// The bytes of the character at a position; nil where they are not valid UTF-8.
func validLength(_ text: Span<UInt8>, _ position: Int) -> Int? {
  let first = text[position]
  let length = characterLength(text, position)
  guard length > 1 else { return first < 0x80 ? 1 : nil }
  let full = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4
  guard full == length, first < 0xf8 else { return nil }
  for offset in 1..<length where text[position + offset] & 0xc0 != 0x80 { return nil }
  return length
}

/// The text with every byte that is not part of valid UTF-8 replaced by U+FFFD; nil where all is.
func repairedUTF8(_ text: Span<UInt8>) -> [UInt8]? {
  var bytes: [UInt8] = []
  var position = 0
  var isValid = true
  while position < text.count {
    if let length = validLength(text, position) {
      if !isValid { for offset in 0..<length { bytes.append(text[position + offset]) } }
      position += length
    } else {
      if isValid {
        isValid = false
        for index in 0..<position { bytes.append(text[index]) }
      }
      bytes += [0xef, 0xbf, 0xbd]
      position += 1
    }
  }
  return isValid ? nil : bytes
}
