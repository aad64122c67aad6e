/// Reads a regular expression as tokenizers write them: the syntax of Oniguruma, which is Perl's with
/// sets inside sets.
struct PatternParser {
  let text: [UInt32]
  var position = 0
  var ignoresCase = false
  var depth = 0

  static let deepest = 64

  /// Parses a whole pattern.
  static func parse(_ pattern: String) throws(PatternError) -> PatternNode {
    var parser = PatternParser(pattern)
    let node = try parser.choice()
    guard parser.position == parser.text.count else { throw PatternError("')' without '('") }
    return node
  }

  private init(_ pattern: String) { text = pattern.unicodeScalars.map(\.value) }

  var next: UInt32? { position < text.count ? text[position] : nil }

  mutating func take(_ literal: String) -> Bool {
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
}
