/// Reads a regular expression as tokenizers write them: the syntax of Oniguruma, which is Perl's with
/// sets inside sets.
struct PatternParser {
  private let text: [UInt32]
  private var position = 0
  private var ignoresCase = false
  private var depth = 0

  private static let deepest = 64

  /// Parses a whole pattern.
  static func parse(_ pattern: String) throws(PatternError) -> PatternNode {
    var parser = PatternParser(pattern)
    let node = try parser.choice()
    guard parser.position == parser.text.count else { throw PatternError("')' without '('") }
    return node
  }

  private init(_ pattern: String) { text = pattern.unicodeScalars.map(\.value) }

  private var next: UInt32? { position < text.count ? text[position] : nil }

  private mutating func take(_ literal: String) -> Bool {
    let wanted = literal.unicodeScalars.map(\.value)
    guard text[position...].starts(with: wanted) else { return false }
    position += wanted.count
    return true
  }

  private mutating func choice() throws(PatternError) -> PatternNode {
    depth += 1
    defer { depth -= 1 }
    guard depth < Self.deepest else { throw PatternError("groups inside groups, too deep") }
    let outside = ignoresCase
    defer { ignoresCase = outside }
    var branches = [try sequence()]
    while take("|") { branches.append(try sequence()) }
    return branches.count == 1 ? branches[0] : .choice(branches)
  }

  private mutating func sequence() throws(PatternError) -> PatternNode {
    var nodes: [PatternNode] = []
    while let character = next, character != 0x7C, character != 0x29 {
      guard let atom = try atom() else { continue }
      nodes.append(try quantified(atom))
    }
    return nodes.count == 1 ? nodes[0] : .sequence(nodes)
  }

  /// Nil for what only changes how the rest is read.
  private mutating func atom() throws(PatternError) -> PatternNode? {
    guard let character = next else { throw PatternError("the pattern ends early") }
    position += 1
    switch character {
    case 0x28: return try group()
    case 0x5B: return .set(try brackets())
    case 0x2E: return .set(.anyButNewline)
    case 0x5E: return .place(.lineStart)
    case 0x24: return .place(.lineEnd)
    case 0x5C: return try escape()
    case 0x2A, 0x2B, 0x3F: throw PatternError("nothing before a quantifier")
    default: return literal(character)
    }
  }

  private func literal(_ character: UInt32) -> PatternNode {
    .set(ScalarSet([.range(character...character)], ignoresCase: ignoresCase))
  }

  private mutating func group() throws(PatternError) -> PatternNode? {
    func close(_ parser: inout PatternParser) throws(PatternError) {
      guard parser.take(")") else { throw PatternError("'(' without ')'") }
    }
    var wrap: (PatternNode) -> PatternNode = { $0 }
    if take("?") {
      if take("=") {
        wrap = { .ahead($0, negated: false) }
      } else if take("!") {
        wrap = { .ahead($0, negated: true) }
      } else if take("<=") {
        wrap = { .behind($0, negated: false) }
      } else if take("<!") {
        wrap = { .behind($0, negated: true) }
      } else if take(">") {
        wrap = { .atomic($0) }
      } else if take("<") || take("P<") {
        while let character = next, character != 0x3E { position += 1; _ = character }
        guard take(">") else { throw PatternError("a group's name does not end") }
      } else {
        let outside = ignoresCase
        try flags()
        if take(")") { return nil }
        guard take(":") else { throw PatternError("an unknown kind of group") }
        let node = try choice()
        ignoresCase = outside
        try close(&self)
        return node
      }
    }
    let node = try choice()
    try close(&self)
    return wrap(node)
  }

  private mutating func flags() throws(PatternError) {
    var isOn = true
    while let character = next, character != 0x3A, character != 0x29 {
      switch character {
      case 0x69: ignoresCase = isOn
      case 0x2D: isOn = false
      case 0x75: break
      default: throw PatternError("the flag '\(Self.name(character))' is not known")
      }
      position += 1
    }
  }

  static func name(_ character: UInt32) -> String {
    Unicode.Scalar(character).map { String(Character($0)) } ?? "?"
  }

  private mutating func quantified(_ atom: PatternNode) throws(PatternError) -> PatternNode {
    var node = atom
    while let (least, most, isInterval) = try quantifier() {
      var mode = PatternNode.Mode.greedy
      if take("?") {
        mode = .lazy
      } else if !isInterval, take("+") {
        mode = .possessive
      }
      node = .repeated(node, atLeast: least, atMost: most, mode)
    }
    return node
  }

  private mutating func quantifier() throws(PatternError) -> (Int, Int?, Bool)? {
    if take("*") { return (0, nil, false) }
    if take("+") { return (1, nil, false) }
    if take("?") { return (0, 1, false) }
    let start = position
    guard take("{") else { return nil }
    let least = number()
    var most = least
    if take(",") { most = number() }
    guard take("}"), least != nil || most != nil else {
      // A brace that is no interval stands for itself.
      position = start
      return nil
    }
    let bounds = (least ?? 0, most)
    guard bounds.0 <= 1000, (bounds.1 ?? 0) <= 1000, bounds.0 <= bounds.1 ?? .max else {
      throw PatternError("an interval of repetitions is out of range")
    }
    return (bounds.0, bounds.1, true)
  }

  private mutating func number() -> Int? {
    var value: Int?
    while let character = next, (0x30...0x39).contains(character), (value ?? 0) < 100_000 {
      value = (value ?? 0) * 10 + Int(character - 0x30)
      position += 1
    }
    return value
  }

  private mutating func escape() throws(PatternError) -> PatternNode {
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
  private mutating func escapedItem() throws(PatternError) -> ScalarSet.Item {
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

  /// A set; the opening bracket has been read.
  private mutating func brackets() throws(PatternError) -> ScalarSet {
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
