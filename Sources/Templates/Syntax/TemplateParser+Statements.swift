extension TemplateParser {
  /// The statement whose tag begins at the current token; the tag's end is left to the caller.
  mutating func statement() throws(TemplateError) -> Statement {
    let place = current.place
    guard case .name(let name) = current.kind else { throw fault("tag name expected") }
    openTags.append(name)
    let kind = try kind(of: name)
    openTags.removeLast()
    guard let kind else { throw missingEnd(name) }
    return Statement(kind: kind, place: place)
  }

  private mutating func kind(of name: String) throws(TemplateError) -> Statement.Kind? {
    switch name {
    case "if": return try condition()
    case "for": return try loop()
    case "set": return try assignment()
    case "macro": return try macro()
    case "call": return try callBlock()
    case "filter": return try filterBlock()
    case "with": return try with()
    case "block": return try block()
    case "print": return try printing()
    case "generation":
      advance()
      return .scope(try apart("endgeneration"))
    case "autoescape":
      advance()
      let value = try expression()
      return .autoescape(value, try closed("endautoescape"))
    case "break", "continue":
      guard loops > 0 else { throw fault("'\(name)' outside loop") }
      advance()
      return name == "break" ? .breakLoop : .continueLoop
    case "include", "import", "extends", "from": return try loading()
    default: return nil
    }
  }

  /// A body whose end tag is dropped.
  private mutating func closed(_ end: String) throws(TemplateError) -> [Statement] {
    let body = try statements(until: [end])
    advance()
    return body
  }

  /// A body that is a function of its own to Jinja: loops around it are not its.
  private mutating func apart(_ end: String) throws(TemplateError) -> [Statement] {
    let outer = loops
    loops = 0
    defer { loops = outer }
    return try closed(end)
  }

  private mutating func condition() throws(TemplateError) -> Statement.Kind {
    var branches: [(test: Expression, body: [Statement])] = []
    repeat {
      advance()
      let test = try tuple(withConditional: false)
      branches.append((test, try branch(until: ["elif", "else", "endif"])))
    } while current.isName("elif")
    var otherwise: [Statement] = []
    if skip(name: "else") { otherwise = try branch(until: ["endif"]) }
    advance()
    return .condition(branches, otherwise: otherwise)
  }

  private mutating func branch(until ends: [String]) throws(TemplateError) -> [Statement] {
    branches += 1
    defer { branches -= 1 }
    return try statements(until: ends)
  }

  private mutating func loop() throws(TemplateError) -> Statement.Kind {
    advance()
    let target = try target(endedBy: "in")
    try expect(name: "in")
    let values = try tuple(withConditional: false, endedBy: "recursive")
    let test = skip(name: "if") ? try expression() : nil
    let isRecursive = skip(name: "recursive")
    loops += 1
    let body = try statements(until: ["endfor", "else"])
    loops -= 1
    var otherwise: [Statement] = []
    if skip(name: "else") { otherwise = try statements(until: ["endfor"]) }
    advance()
    return .loop(
      Statement.Loop(
        target: target, values: values, test: test, isRecursive: isRecursive, body: body,
        otherwise: otherwise))
  }

  private mutating func assignment() throws(TemplateError) -> Statement.Kind {
    advance()
    let target = try target(allowsAttributes: true)
    if skip("=") { return .assign(target, try tuple()) }
    let filters = current.isSymbol("|") ? try filters(of: nil) : nil
    return .assignBlock(target, filters: filters, try closed("endset"))
  }

  /// What is assigned to: a name, several, or a namespace's attribute.
  mutating func target(
    endedBy end: String? = nil, allowsAttributes: Bool = false
  ) throws(TemplateError) -> Target {
    var targets: [Target] = []
    var isTuple = false
    while !isTupleEnd(end), !current.isSymbol("="), current.kind != .blockEnd {
      targets.append(try singleTarget(allowsAttributes))
      guard skip(",") else { break }
      isTuple = true
    }
    guard let first = targets.first else {
      throw fault("Expected an expression, got '\(current.description)'")
    }
    return isTuple ? .tuple(targets) : first
  }

  private mutating func singleTarget(_ allowsAttributes: Bool) throws(TemplateError) -> Target {
    if skip("(") {
      let inner = try nested { (parser) throws(TemplateError) in
        try parser.target(allowsAttributes: allowsAttributes)
      }
      try expect(")")
      return inner
    }
    let place = current.place
    guard case .name(let name) = current.kind else {
      switch current.kind {
      case .integer, .float, .string: throw fault("can't assign to 'const'")
      default: throw fault("can't assign to '\(current.description)'")
      }
    }
    guard !["true", "false", "none", "True", "False", "None"].contains(name) else {
      throw fault("can't assign to 'const'", at: place)
    }
    advance()
    if allowsAttributes, skip(".") { return .attribute(name, try expectName()) }
    return .name(name)
  }

  private mutating func with() throws(TemplateError) -> Statement.Kind {
    advance()
    var pairs: [(Target, Expression)] = []
    while current.kind != .blockEnd {
      if !pairs.isEmpty { try expect(",") }
      let target = try target()
      try expect("=")
      pairs.append((target, try expression()))
    }
    return .with(pairs, try closed("endwith"))
  }

  private mutating func block() throws(TemplateError) -> Statement.Kind {
    advance()
    let place = current.place
    let name = try expectName()
    guard blocks.insert(name).inserted else {
      throw TemplateError(.assertion, "block '\(name)' defined twice", at: place)
    }
    let isScoped = skip(name: "scoped")
    _ = skip(name: "required")
    if current.isSymbol("-") {
      throw fault(
        "Block names in Jinja have to be valid Python identifiers and may not contain hyphens, "
          + "use an underscore instead.")
    }
    let body = try apart("endblock")
    _ = skip(name: name)
    return .block(body, isScoped: isScoped)
  }

  private mutating func printing() throws(TemplateError) -> Statement.Kind {
    advance()
    var values: [Expression] = []
    while current.kind != .blockEnd {
      if !values.isEmpty { try expect(",") }
      values.append(try expression())
    }
    return .print(values)
  }

  /// `include` and its like are read, so that a template that never reaches one still renders.
  private mutating func loading() throws(TemplateError) -> Statement.Kind {
    advance()
    let template = try expression()
    while current.kind != .blockEnd, current.kind != .end { advance() }
    return .load(template)
  }

  private mutating func filterBlock() throws(TemplateError) -> Statement.Kind {
    advance()
    guard let filters = try filters(of: nil, startsInline: true) else {
      throw fault("a filter is expected")
    }
    return .filter(filters, try closed("endfilter"))
  }
}

// MARK: - Macros

extension TemplateParser {
  private mutating func macro() throws(TemplateError) -> Statement.Kind {
    advance()
    let name = try expectName()
    let (parameters, defaults) = try signature()
    let (body, uses) = try macroBody("endmacro")
    return .macro(
      MacroDefinition(
        name: name, parameters: parameters, defaults: defaults, body: body, uses: uses))
  }

  private mutating func callBlock() throws(TemplateError) -> Statement.Kind {
    let place = current.place
    advance()
    let (parameters, defaults) = current.isSymbol("(") ? try signature() : ([], [])
    let call = try expression()
    guard case .call = call.kind else { throw fault("expected call", at: place) }
    let (body, uses) = try macroBody("endcall")
    let caller = MacroDefinition(
      name: nil, parameters: parameters, defaults: defaults, body: body, uses: uses)
    return .call(call, caller)
  }

  /// A macro's body, and which of its special names stand anywhere in it.
  private mutating func macroBody(_ end: String) throws(TemplateError) -> ([Statement], Set<String>)
  {
    let start = position
    let body = try apart(end)
    return (body, names(from: start).intersection(["caller", "varargs", "kwargs"]))
  }

  private mutating func signature() throws(TemplateError) -> ([String], [Expression]) {
    var (parameters, defaults): ([String], [Expression]) = ([], [])
    try expect("(")
    while !current.isSymbol(")") {
      if !parameters.isEmpty { try expect(",") }
      parameters.append(try expectName())
      if skip("=") {
        defaults.append(try expression())
      } else if !defaults.isEmpty {
        throw fault("non-default argument follows default argument")
      }
    }
    try expect(")")
    return (parameters, defaults)
  }
}
