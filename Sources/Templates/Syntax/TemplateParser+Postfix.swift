// What follows a value: attributes, items, calls, filters and tests.

extension TemplateParser {
  mutating func postfix(_ value: Expression) throws(TemplateError) -> Expression {
    var value = value
    while true {
      let place = current.place
      switch current.kind {
      case .symbol("."): value = try Self.grown(attribute(of: value))
      case .symbol("["): value = try Self.grown(item(of: value))
      case .symbol("("):
        value = try Self.grown(Expression(kind: .call(value, try arguments()), place: place))
      default: return value
      }
    }
  }

  mutating func filtered(_ value: Expression) throws(TemplateError) -> Expression {
    var value = value
    while true {
      let place = current.place
      switch current.kind {
      case .symbol("|"): value = try filters(of: value) ?? value
      case .name("is"): value = try Self.grown(test(of: value))
      case .symbol("("):
        value = try Self.grown(Expression(kind: .call(value, try arguments()), place: place))
      default: return value
      }
    }
  }

  private mutating func attribute(of value: Expression) throws(TemplateError) -> Expression {
    let place = current.place
    advance()
    let token = current
    advance()
    switch token.kind {
    case .name(let name): return Expression(kind: .attribute(value, name), place: place)
    case .integer(let index):
      let item = Expression(kind: .constant(.integer(index)), place: token.place)
      return Expression(kind: .item(value, item), place: place)
    default: throw fault("expected name or number", at: token.place)
    }
  }

  private mutating func item(of value: Expression) throws(TemplateError) -> Expression {
    let place = current.place
    try expect("[")
    var items: [Expression] = []
    while !current.isSymbol("]") {
      if !items.isEmpty { try expect(",") }
      let first = current.isSymbol(":") ? nil : try expression()
      if let first, !current.isSymbol(":") {
        items.append(first)
        continue
      }
      let slice = try slice(of: value, from: first, at: place)
      guard items.isEmpty, current.isSymbol("]") else {
        throw fault("a slice stands alone within brackets", at: place)
      }
      advance()
      return slice
    }
    try expect("]")
    if items.count == 1 { return Expression(kind: .item(value, items[0]), place: place) }
    return Expression(
      kind: .item(value, Expression(kind: .tuple(items), place: place)), place: place)
  }

  private mutating func slice(
    of value: Expression, from first: Expression?, at place: Place
  ) throws(TemplateError) -> Expression {
    try expect(":")
    func isOpen() -> Bool {
      current.isSymbol(":") || current.isSymbol("]") || current.isSymbol(",")
    }
    let end = isOpen() ? nil : try expression()
    var step: Expression?
    if skip(":") { step = isOpen() ? nil : try expression() }
    return Expression(kind: .slice(value, from: first, to: end, step: step), place: place)
  }

  mutating func arguments() throws(TemplateError) -> CallArguments {
    let place = current.place
    func invalid() -> TemplateError {
      fault("invalid syntax for function call expression", at: place)
    }
    try expect("(")
    var result = CallArguments()
    var isFirst = true
    while !current.isSymbol(")") {
      if !isFirst { try expect(",") }
      if current.isSymbol(")") { break }
      isFirst = false
      if skip("*") {
        guard result.unpacked == nil, result.unpackedKeywords == nil else { throw invalid() }
        result.unpacked = try expression()
      } else if skip("**") {
        guard result.unpackedKeywords == nil else { throw invalid() }
        result.unpackedKeywords = try expression()
      } else if case .name(let name) = current.kind, next.isSymbol("=") {
        guard result.unpackedKeywords == nil else { throw invalid() }
        advance()
        advance()
        result.keywords.append((name, try expression()))
      } else {
        guard result.unpacked == nil, result.unpackedKeywords == nil, result.keywords.isEmpty
        else { throw invalid() }
        result.positional.append(try expression())
      }
    }
    try expect(")")
    return result
  }

  /// A chain of filters; `startsInline` where the first one has no bar before it.
  mutating func filters(
    of value: Expression?, startsInline: Bool = false
  ) throws(TemplateError) -> Expression? {
    var value = value
    var isInline = startsInline
    while isInline || current.isSymbol("|") {
      if !isInline { advance() }
      isInline = false
      let place = current.place
      let name = try dottedName()
      let arguments = current.isSymbol("(") ? try arguments() : .none
      guard branches > 0 || FilterRegistry.contains(name) else {
        throw TemplateError(.assertion, "No filter named '\(name)'.", at: place)
      }
      value = try Self.grown(Expression(kind: .filter(value, name, arguments), place: place))
    }
    return value
  }

  private mutating func dottedName() throws(TemplateError) -> String {
    var name = try expectName()
    while skip(".") { name += "." + (try expectName()) }
    return name
  }

  private mutating func test(of value: Expression) throws(TemplateError) -> Expression {
    let place = current.place
    advance()
    let isNegated = skip(name: "not")
    let name = try dottedName()
    var arguments = CallArguments.none
    if current.isSymbol("(") {
      arguments = try self.arguments()
    } else if beginsArgument() {
      guard !current.isName("is") else {
        throw fault("You cannot chain multiple tests with is")
      }
      let argument = try nested { (parser) throws(TemplateError) in
        try parser.postfixedPrimary()
      }
      arguments.positional = [argument]
    }
    guard branches > 0 || TestRegistry.contains(name) else {
      throw TemplateError(.assertion, "No test named '\(name)'.", at: place)
    }
    let test = Expression(kind: .test(value, name, arguments), place: place)
    return isNegated ? Expression(kind: .not(test), place: place) : test
  }

  /// Whether the current token begins a test's argument written without brackets.
  private func beginsArgument() -> Bool {
    switch current.kind {
    case .name(let name): !["else", "or", "and"].contains(name)
    case .string, .integer, .float, .symbol("["), .symbol("{"): true
    default: false
    }
  }
}
