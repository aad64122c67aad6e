extension TemplateParser {
  /// One expression.
  mutating func expression(withConditional: Bool = true) throws(TemplateError) -> Expression {
    try nested { (parser) throws(TemplateError) in
      withConditional ? try parser.conditional() : try parser.or()
    }
  }

  /// Whether a tuple without brackets ends here.
  func isTupleEnd(_ end: String?) -> Bool {
    switch current.kind {
    case .variableEnd, .blockEnd, .symbol(")"): true
    case .name(let name): name == end
    default: false
    }
  }

  /// An expression, or several between commas.
  mutating func tuple(
    withConditional: Bool = true, endedBy end: String? = nil, inBrackets: Bool = false
  ) throws(TemplateError) -> Expression {
    let place = current.place
    var values: [Expression] = []
    var isTuple = false
    while !isTupleEnd(end) {
      values.append(try expression(withConditional: withConditional))
      guard skip(",") else { break }
      isTuple = true
    }
    if !isTuple, let first = values.first { return first }
    guard isTuple || inBrackets else {
      throw fault("Expected an expression, got '\(current.description)'")
    }
    return Expression(kind: .tuple(values), place: place)
  }

  private mutating func conditional() throws(TemplateError) -> Expression {
    let place = current.place
    var value = try or()
    while skip(name: "if") {
      branches += 1
      defer { branches -= 1 }
      let condition = try or()
      let otherwise =
        skip(name: "else")
        ? try nested { (parser) throws(TemplateError) in try parser.conditional() } : nil
      value = try Self.grown(
        Expression(
          kind: .conditional(condition: condition, value, otherwise: otherwise), place: place))
    }
    return value
  }

  private mutating func or() throws(TemplateError) -> Expression {
    let place = current.place
    var left = try and()
    while skip(name: "or") {
      left = try Self.grown(Expression(kind: .or(left, try and()), place: place))
    }
    return left
  }

  private mutating func and() throws(TemplateError) -> Expression {
    let place = current.place
    var left = try negation()
    while skip(name: "and") {
      left = try Self.grown(Expression(kind: .and(left, try negation()), place: place))
    }
    return left
  }

  private mutating func negation() throws(TemplateError) -> Expression {
    let place = current.place
    guard skip(name: "not") else { return try comparison() }
    let value = try nested { (parser) throws(TemplateError) in try parser.negation() }
    return Expression(kind: .not(value), place: place)
  }

  private mutating func comparison() throws(TemplateError) -> Expression {
    let place = current.place
    let first = try sum()
    var rest: [(Expression.Comparison, Expression)] = []
    while let comparison = skipComparison() { rest.append((comparison, try sum())) }
    return rest.isEmpty ? first : Expression(kind: .comparison(first, rest), place: place)
  }

  private mutating func skipComparison() -> Expression.Comparison? {
    switch current.kind {
    case .symbol(let symbol):
      guard let comparison = Expression.Comparison(rawValue: symbol) else { return nil }
      advance()
      return comparison
    case .name("in"):
      advance()
      return .contained
    case .name("not") where next.isName("in"):
      advance()
      advance()
      return .notContained
    default: return nil
    }
  }

  private mutating func sum() throws(TemplateError) -> Expression {
    let place = current.place
    var left = try concatenation()
    while case .symbol(let symbol) = current.kind, symbol == "+" || symbol == "-" {
      advance()
      let right = try concatenation()
      left = try Self.grown(
        Expression(kind: .binary(symbol == "+" ? .add : .subtract, left, right), place: place))
    }
    return left
  }

  private mutating func concatenation() throws(TemplateError) -> Expression {
    let place = current.place
    var parts = [try product()]
    while skip("~") { parts.append(try product()) }
    return parts.count == 1 ? parts[0] : Expression(kind: .concatenation(parts), place: place)
  }

  private mutating func product() throws(TemplateError) -> Expression {
    let place = current.place
    var left = try power()
    while case .symbol(let symbol) = current.kind, ["*", "/", "//", "%"].contains(symbol),
      let operation = Expression.BinaryOperator(rawValue: symbol)
    {
      advance()
      left = try Self.grown(Expression(kind: .binary(operation, left, try power()), place: place))
    }
    return left
  }

  private mutating func power() throws(TemplateError) -> Expression {
    let place = current.place
    var left = try unary()
    while skip("**") {
      left = try Self.grown(Expression(kind: .binary(.power, left, try unary()), place: place))
    }
    return left
  }

  private mutating func unary(withFilters: Bool = true) throws(TemplateError) -> Expression {
    let place = current.place
    var value: Expression
    if case .symbol(let symbol) = current.kind, symbol == "-" || symbol == "+" {
      advance()
      let operand = try nested { (parser) throws(TemplateError) in
        try parser.unary(withFilters: false)
      }
      value = Expression(kind: symbol == "-" ? .negate(operand) : .plus(operand), place: place)
    } else {
      value = try primary()
    }
    value = try postfix(value)
    return withFilters ? try filtered(value) : value
  }

  /// A test's argument: a primary with what follows it, but no filter.
  mutating func postfixedPrimary() throws(TemplateError) -> Expression {
    try postfix(try primary())
  }

  private mutating func primary() throws(TemplateError) -> Expression {
    let token = current
    func made(_ kind: Expression.Kind) -> Expression { Expression(kind: kind, place: token.place) }
    switch token.kind {
    case .name(let name):
      advance()
      switch name {
      case "true", "True": return made(.constant(.bool(true)))
      case "false", "False": return made(.constant(.bool(false)))
      case "none", "None": return made(.constant(.none))
      default: return made(.name(name))
      }
    case .string(var text):
      advance()
      while case .string(let more) = current.kind {
        text = text + more
        advance()
      }
      return made(.constant(.string(text)))
    case .integer(let value):
      advance()
      return made(.constant(.integer(value)))
    case .float(let value):
      advance()
      return made(.constant(.float(value)))
    case .symbol("("):
      advance()
      let value = try tuple(inBrackets: true)
      try expect(")")
      return value
    case .symbol("["): return try list()
    case .symbol("{"): return try dictionary()
    case .end: throw fault("unexpected 'end of template'")
    default: throw fault("unexpected '\(token.description)'")
    }
  }

  private mutating func list() throws(TemplateError) -> Expression {
    let place = current.place
    try expect("[")
    var values: [Expression] = []
    while !current.isSymbol("]") {
      if !values.isEmpty { try expect(",") }
      if current.isSymbol("]") { break }
      values.append(try expression())
    }
    try expect("]")
    return Expression(kind: .list(values), place: place)
  }

  private mutating func dictionary() throws(TemplateError) -> Expression {
    let place = current.place
    try expect("{")
    var pairs: [(key: Expression, value: Expression)] = []
    while !current.isSymbol("}") {
      if !pairs.isEmpty { try expect(",") }
      if current.isSymbol("}") { break }
      let key = try expression()
      try expect(":")
      pairs.append((key, try expression()))
    }
    try expect("}")
    return Expression(kind: .dictionary(pairs), place: place)
  }
}
