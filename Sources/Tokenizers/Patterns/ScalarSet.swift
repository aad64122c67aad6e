/// A set of characters as a pattern names it: `[^\s\p{L}]`.
struct ScalarSet: Sendable {
  /// What a set is made of.
  enum Item: Sendable {
    case range(ClosedRange<UInt32>)
    /// General categories, one bit each; see `categoryBit`.
    case categories(UInt32)
    /// All but those categories.
    case otherCategories(UInt32)
    /// `\s`.
    case space
    /// `\S`.
    case notSpace
    /// A set within the brackets.
    indirect case set(ScalarSet)
  }

  /// A character is in the set where it is in any of these.
  let items: [Item]
  /// And in all of these.
  let intersected: [ScalarSet]
  /// All characters but those.
  let isInverted: Bool
  /// Whether letters count in either case.
  let ignoresCase: Bool
  /// The answers for characters below 128.
  private var ascii: [Bool] = []

  /// Puts a set together.
  init(
    _ items: [Item], intersected: [ScalarSet] = [], isInverted: Bool = false,
    ignoresCase: Bool = false
  ) {
    self.items = items
    self.intersected = intersected
    self.isInverted = isInverted
    self.ignoresCase = ignoresCase
    ascii = (0..<128).map { compute($0) }
  }

  /// Whether a character is in the set.
  func contains(_ scalar: UInt32) -> Bool {
    scalar < 128 ? ascii[Int(scalar)] : compute(scalar)
  }

  private func compute(_ scalar: UInt32) -> Bool {
    var isInside = holds(scalar)
    if !isInside, ignoresCase { isInside = Self.otherCases(scalar).contains { holds($0) } }
    return isInside != isInverted
  }

  private func holds(_ scalar: UInt32) -> Bool {
    guard intersected.allSatisfy({ $0.contains(scalar) }) else { return false }
    return items.contains { item in
      switch item {
      case .range(let range): range.contains(scalar)
      case .categories(let bits): Self.categoryBit(scalar) & bits != 0
      case .otherCategories(let bits): Self.categoryBit(scalar) & bits == 0
      case .space: Self.isSpace(scalar)
      case .notSpace: !Self.isSpace(scalar)
      case .set(let set): set.contains(scalar)
      }
    }
  }

  private static func isSpace(_ scalar: UInt32) -> Bool {
    Unicode.Scalar(scalar)?.properties.isWhitespace ?? false
  }

  /// The same letter in the other cases, where they are single characters.
  private static func otherCases(_ scalar: UInt32) -> [UInt32] {
    guard let properties = Unicode.Scalar(scalar)?.properties, properties.isCased || scalar == 0x17F
    else { return [] }
    return [properties.lowercaseMapping, properties.uppercaseMapping].compactMap { text in
      let scalars = text.unicodeScalars
      return scalars.count == 1 ? scalars.first?.value : nil
    } + (scalar == 0x73 || scalar == 0x53 ? [0x17F] : [])
  }

  /// The bit of a character's general category.
  static func categoryBit(_ scalar: UInt32) -> UInt32 {
    guard let scalar = Unicode.Scalar(scalar) else { return bit(.surrogate) }
    return bit(scalar.properties.generalCategory)
  }

  private static let order: [Unicode.GeneralCategory] = [
    .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter,
    .nonspacingMark, .spacingMark, .enclosingMark, .decimalNumber, .letterNumber, .otherNumber,
    .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation,
    .initialPunctuation, .finalPunctuation, .otherPunctuation, .mathSymbol, .currencySymbol,
    .modifierSymbol, .otherSymbol, .spaceSeparator, .lineSeparator, .paragraphSeparator, .control,
    .format, .surrogate, .privateUse, .unassigned,
  ]
  /// Their names in patterns, in the same order.
  private static let names = [
    "Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "No", "Pc", "Pd", "Ps", "Pe", "Pi",
    "Pf", "Po", "Sm", "Sc", "Sk", "So", "Zs", "Zl", "Zp", "Cc", "Cf", "Cs", "Co", "Cn",
  ]
  private static let bits: [Unicode.GeneralCategory: UInt32] = {
    var bits: [Unicode.GeneralCategory: UInt32] = [:]
    for (index, category) in order.enumerated() { bits[category] = 1 << UInt32(index) }
    return bits
  }()

  private static func bit(_ category: Unicode.GeneralCategory) -> UInt32 { bits[category] ?? 0 }

  /// The set that `\p{name}` stands for; nil where the name is not known here.
  static func property(_ name: String) -> [Item]? {
    switch name {
    case "Han", "script=Han", "Script=Han", "sc=Han": return HanCharacters.ranges.map { .range($0) }
    case "L&", "LC": return [.categories(categories(["Lu", "Ll", "Lt"]))]
    case "Any": return [.range(0...0x10FFFF)]
    default: break
    }
    let long = longNames[name] ?? name
    let matching = names.filter { $0 == long || (long.count == 1 && $0.hasPrefix(long)) }
    return matching.isEmpty ? nil : [.categories(categories(matching))]
  }

  private static let longNames = [
    "Letter": "L", "Mark": "M", "Number": "N", "Punctuation": "P", "Punct": "P", "Symbol": "S",
    "Separator": "Z", "Other": "C", "Lowercase_Letter": "Ll", "Uppercase_Letter": "Lu",
    "Decimal_Number": "Nd",
  ]

  private static func categories(_ wanted: [String]) -> UInt32 {
    names.indices.reduce(0) { wanted.contains(names[$1]) ? $0 | 1 << UInt32($1) : $0 }
  }

  /// `\d`.
  static let digits = Item.categories(categories(["Nd"]))
  /// `\D`.
  static let notDigits = Item.otherCategories(categories(["Nd"]))
  private static let wordCategories = categories(
    names.filter { $0.hasPrefix("L") || $0.hasPrefix("M") } + ["Nd", "Pc"])
  /// `\w`.
  static let word = Item.categories(wordCategories)
  /// `\W`.
  static let notWord = Item.otherCategories(wordCategories)
  /// Unicode's punctuation.
  static let punctuation = categories(names.filter { $0.hasPrefix("P") })
  /// `\w` as a set.
  static let wordSet = ScalarSet([word])
  /// `.`.
  static let anyButNewline = ScalarSet([.range(0x0A...0x0A)], isInverted: true)
}

/// The characters of Chinese writing.
enum HanCharacters {
  /// In order.
  static let ranges: [ClosedRange<UInt32>] = [
    0x2E80...0x2E99, 0x2E9B...0x2EF3, 0x2F00...0x2FD5, 0x3005...0x3005, 0x3007...0x3007,
    0x3021...0x3029, 0x3038...0x303B, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xF900...0xFA6D,
    0xFA70...0xFAD9, 0x16FE2...0x16FE3, 0x16FF0...0x16FF1, 0x20000...0x2A6DF, 0x2A700...0x2EE5D,
    0x2F800...0x2FA1D, 0x30000...0x323AF,
  ]
}
