extension Renderer {
  /// The value of an expression; `filtering` is what a block's filters begin with, `caller` what the called
  /// macro knows by that name.
  func evaluate(
    _ expression: Expression, _ scope: Scope, filtering: Value? = nil, caller: Value? = nil
  ) throws(TemplateError) -> Value {
    try budget.spend()
    try budget.enter()
    defer { budget.leave() }
    do throws(TemplateError) {
      switch expression.kind {
      case .constant(let value): return value
      case .name(let name): return value(of: name, scope)
      case .list(let elements): return try weighed(.list(try values(elements, scope)))
      case .tuple(let elements): return try weighed(.tuple(try values(elements, scope)))
      case .dictionary(let pairs): return try weighed(try dictionary(pairs, scope))
      case .attribute, .item, .slice: return try access(expression, scope)
      case .call(let function, let arguments):
        var call = try callValues(arguments, scope)
        if let caller { call.keywords.append(("caller", caller)) }
        return try self.call(try evaluate(function, scope), call)
      case .filter(let value, let name, let arguments):
        return try filter(value, name, arguments, scope, filtering)
      case .test(let value, let name, let arguments):
        let value = try evaluate(value, scope)
        let call = try callValues(arguments, scope)
        guard TestRegistry.contains(name) else {
          throw TemplateError(.runtime, "No test named '\(name)' found.")
        }
        return .bool(try test(value, name, call))
      default: return try operate(expression, scope)
      }
    } catch { throw error.placed(at: expression.place) }
  }

  /// A value made of others, which may not become too large or too deep.
  private func weighed(_ value: Value) throws(TemplateError) -> Value {
    try budget.weigh(value, comparing: false)
    return value
  }

  private func values(
    _ expressions: [Expression], _ scope: Scope
  ) throws(TemplateError) -> [Value] {
    var values: [Value] = []
    for expression in expressions { values.append(try evaluate(expression, scope)) }
    return values
  }

  private func dictionary(
    _ pairs: [(key: Expression, value: Expression)], _ scope: Scope
  ) throws(TemplateError) -> Value {
    var result = Dictionary()
    for pair in pairs {
      let key = try evaluate(pair.key, scope)
      try result.set(key, to: try evaluate(pair.value, scope))
    }
    return .dictionary(result)
  }

  private func access(_ expression: Expression, _ scope: Scope) throws(TemplateError) -> Value {
    switch expression.kind {
    case .attribute(let value, let name):
      return try evaluate(value, scope).attribute(name)
    case .item(let value, let key):
      let value = try evaluate(value, scope)
      let key = try evaluate(key, scope)
      if key.hasParts { try budget.weigh(key) }
      return try value.item(key)
    case .slice(let value, let first, let end, let step):
      let value = try evaluate(value, scope)
      var bounds: [Value] = []
      for bound in [first, end, step] {
        bounds.append(
          try bound.map { (bound) throws(TemplateError) in try evaluate(bound, scope) } ?? .none)
      }
      let part = try value.slice(from: bounds[0], to: bounds[1], step: bounds[2])
      try budget.spend(result: part, isShared: value.hasParts)
      return part
    default: preconditionFailure("no access")
    }
  }

  private func operate(_ expression: Expression, _ scope: Scope) throws(TemplateError) -> Value {
    switch expression.kind {
    case .not(let value): return .bool(try !evaluate(value, scope).isTrue)
    case .negate(let value): return try signed(try evaluate(value, scope), isNegative: true)
    case .plus(let value): return try signed(try evaluate(value, scope), isNegative: false)
    case .and(let left, let right):
      let value = try evaluate(left, scope)
      return value.isTrue ? try evaluate(right, scope) : value
    case .or(let left, let right):
      let value = try evaluate(left, scope)
      return value.isTrue ? value : try evaluate(right, scope)
    case .conditional(let condition, let value, let otherwise):
      if try evaluate(condition, scope).isTrue { return try evaluate(value, scope) }
      if let otherwise { return try evaluate(otherwise, scope) }
      return .undefined(
        Undefined(
          message: "the inline if-expression on line \(expression.place.line) evaluated to false "
            + "and no else section was defined."))
    case .binary(let symbol, let left, let right):
      let left = try evaluate(left, scope)
      return try Value.apply(symbol, left, try evaluate(right, scope), budget)
    case .concatenation(let parts):
      var text = Text("")
      for part in parts {
        let more = written(try evaluate(part, scope))
        try budget.checkLength(text.count + more.count, adding: more.count)
        text.scalars += more.scalars
      }
      text.isMarkup = escapes
      return .string(text)
    case .comparison(let first, let rest):
      var left = try evaluate(first, scope)
      for (comparison, expression) in rest {
        let right = try evaluate(expression, scope)
        try budget.spend(comparing: left, comparison, right)
        guard try left.compare(comparison, right) else { return .bool(false) }
        left = right
      }
      return .bool(true)
    default: preconditionFailure("no operation")
    }
  }

  private func signed(_ value: Value, isNegative: Bool) throws(TemplateError) -> Value {
    if let integer = value.integer {
      let (result, overflow) = (isNegative ? 0 : integer)
        .subtractingReportingOverflow(isNegative ? integer : 0)
      guard !overflow else { throw Value.overflow("-") }
      return .integer(result)
    }
    switch value {
    case .float(let number): return .float(isNegative ? -number : number)
    case .undefined(let undefined): throw undefined.error
    default:
      throw TemplateError(
        .type, "bad operand type for unary \(isNegative ? "-" : "+"): '\(value.typeName)'")
    }
  }
}
