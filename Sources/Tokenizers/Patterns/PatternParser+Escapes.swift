/// What a backslash stands for.
extension PatternParser {
  /// What a backslash begins outside of brackets.
  mutating func escape() throws(PatternError) -> PatternNode {
    switch next {
    case 0x62: return place(.wordBoundary)
    case 0x42: return place(.notWordBoundary)
    case 0x41: return place(.textStart)
    case 0x7A, 0x5A: return place(.textEnd)
    default: return .set(ScalarSet([try escapedItem()], ignoresCase: ignoresCase))
    }
  }

  private mutating func place(_ place: PatternNode.Place) -> PatternNode {
    position += 1
    return .place(place)
  }

  /// What follows a backslash, in brackets or outside.
  mutating func escapedItem() throws(PatternError) -> ScalarSet.Item {
    guard let character = next else { throw PatternError("the pattern ends in a backslash") }
    position += 1
    switch character {
    case 0x73: return .space
    case 0x53: return .notSpace
    case 0x64: return ScalarSet.digits
    case 0x44: return ScalarSet.notDigits
    case 0x77: return ScalarSet.word
    case 0x57: return ScalarSet.notWord
    case 0x70, 0x50: return try property(isInverted: character == 0x50)
    default:
      let scalar = try escapedScalar(character)
      return .range(scalar...scalar)
    }
  }

  private mutating func escapedScalar(_ character: UInt32) throws(PatternError) -> UInt32 {
    switch character {
    case 0x72: return 0x0D
    case 0x6E: return 0x0A
    case 0x74: return 0x09
    case 0x66: return 0x0C
    case 0x76: return 0x0B
    case 0x30: return 0
    case 0x78:
      if take("{") {
        let value = hexadecimal(8)
        guard take("}"), let value, value <= 0x10FFFF else { throw PatternError("a bad \\x{…}") }
        return value
      }
      guard let value = hexadecimal(2) else { throw PatternError("a bad \\x") }
      return value
    case 0x75:
      guard let value = hexadecimal(4) else { throw PatternError("a bad \\u") }
      return value
    case 0x31...0x39, 0x41...0x5A, 0x61...0x7A:
      throw PatternError("'\\\(Self.name(character))' is not known")
    default: return character
    }
  }

  private mutating func hexadecimal(_ most: Int) -> UInt32? {
    var value: UInt32?
    var count = 0
    while count < most, let character = next, let digit = Self.digit(character) {
      value = (value ?? 0) << 4 | digit
      position += 1
      count += 1
    }
    return value
  }

  private static func digit(_ character: UInt32) -> UInt32? {
    switch character {
    case 0x30...0x39: character - 0x30
    case 0x41...0x46: character - 0x37
    case 0x61...0x66: character - 0x57
    default: nil
    }
  }

  private mutating func property(isInverted: Bool) throws(PatternError) -> ScalarSet.Item {
    var name = ""
    var isInverted = isInverted
    if take("{") {
      if take("^") { isInverted.toggle() }
      while let character = next, character != 0x7D {
        name += Self.name(character)
        position += 1
      }
      guard take("}") else { throw PatternError("a property does not end") }
    } else if let character = next {
      name = Self.name(character)
      position += 1
    }
    guard let items = ScalarSet.property(name) else {
      throw PatternError("the property '\(name)' is not known")
    }
    if items.count == 1, !isInverted { return items[0] }
    return .set(ScalarSet(items, isInverted: isInverted))
  }
}
