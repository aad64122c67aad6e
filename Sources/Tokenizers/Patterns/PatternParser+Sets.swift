/// Sets of characters in brackets.
extension PatternParser {
  /// A set; the opening bracket has been read.
  mutating func brackets() throws(PatternError) -> ScalarSet {
    depth += 1
    defer { depth -= 1 }
    guard depth < Self.deepest else { throw PatternError("sets inside sets, too deep") }
    let isInverted = take("^")
    var items: [ScalarSet.Item] = []
    var intersected: [ScalarSet] = []
    var isFirst = true
    while let character = next, character != 0x5D || isFirst {
      isFirst = false
      if take("&&") {
        intersected.append(ScalarSet(items, ignoresCase: ignoresCase))
        items = []
      } else if take("[:") {
        items.append(try named())
      } else if take("[") {
        items.append(.set(try brackets()))
      } else {
        items.append(try member())
      }
    }
    guard take("]") else { throw PatternError("'[' without ']'") }
    return ScalarSet(
      items, intersected: intersected, isInverted: isInverted, ignoresCase: ignoresCase)
  }

  private mutating func named() throws(PatternError) -> ScalarSet.Item {
    let isInverted = take("^")
    var name = ""
    while let character = next, character != 0x3A {
      name += Self.name(character)
      position += 1
    }
    guard take(":]") else { throw PatternError("a named set does not end") }
    let item: ScalarSet.Item
    switch name {
    case "space": item = .space
    case "digit": item = ScalarSet.digits
    case "alpha": item = .set(ScalarSet(ScalarSet.property("L") ?? []))
    case "alnum": item = .set(ScalarSet((ScalarSet.property("L") ?? []) + [ScalarSet.digits]))
    case "punct": item = .set(ScalarSet(ScalarSet.property("P") ?? []))
    case "word": item = ScalarSet.word
    default: throw PatternError("the set '[:\(name):]' is not known")
    }
    return isInverted ? .set(ScalarSet([item], isInverted: true)) : item
  }

  /// One character, a range, or a class.
  private mutating func member() throws(PatternError) -> ScalarSet.Item {
    guard let character = next else { throw PatternError("'[' without ']'") }
    position += 1
    var first = character
    if character == 0x5C {
      let item = try escapedItem()
      guard case .range(let range) = item else { return item }
      first = range.lowerBound
    }
    guard next == 0x2D, position + 1 < text.count, text[position + 1] != 0x5D else {
      return .range(first...first)
    }
    position += 1
    guard let end = next else { throw PatternError("'[' without ']'") }
    position += 1
    var last = end
    if end == 0x5C {
      guard case .range(let range) = try escapedItem() else {
        throw PatternError("a range ends in a class")
      }
      last = range.lowerBound
    }
    guard first <= last else { throw PatternError("a range ends before it begins") }
    return .range(first...last)
  }
}
