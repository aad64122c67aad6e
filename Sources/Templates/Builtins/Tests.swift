/// Jinja's tests: what stands behind `is`.
enum TestRegistry {
  typealias Test = @Sendable (Value, CallValues) throws(TemplateError) -> Bool

  static func named(_ name: String) -> Test? {
    if let comparison = comparison(name) {
      return { value, call throws(TemplateError) in
        try value.compare(comparison, try only(call, name))
      }
    }
    switch name {
    case "defined":
      return { value, _ in !value.isUndefined }
    case "undefined":
      return { value, _ in value.isUndefined }
    case "none":
      return { value, _ in value.isNone }
    case "boolean":
      return { value, _ in if case .bool = value { true } else { false } }
    case "true":
      return { value, _ in if case .bool(true) = value { true } else { false } }
    case "false":
      return { value, _ in if case .bool(false) = value { true } else { false } }
    case "integer":
      return { value, _ in if case .integer = value { true } else { false } }
    case "float":
      return { value, _ in if case .float = value { true } else { false } }
    case "number":
      return { value, _ in value.number != nil }
    case "string":
      return { value, _ in value.text != nil }
    case "mapping":
      return { value, _ in if case .dictionary = value { true } else { false } }
    case "lower":
      return { value, _ in value.printed.isCased(lower: true) }
    case "upper":
      return { value, _ in value.printed.isCased(lower: false) }
    case "escaped":
      return { value, _ in value.text?.isMarkup ?? false }
    case "odd":
      return { value, _ throws(TemplateError) in try remainder(value, .integer(2)) == 1 }
    case "even":
      return { value, _ throws(TemplateError) in try remainder(value, .integer(2)) == 0 }
    case "divisibleby":
      return { value, call throws(TemplateError) in
        try remainder(value, try only(call, "divisibleby")) == 0
      }
    case "sequence":
      return { value, _ in isSequence(value) }
    case "iterable":
      return { value, _ in isIterable(value) }
    case "callable":
      return { value, _ in isCallable(value) }
    case "sameas":
      return { value, call throws(TemplateError) in isSame(value, try only(call, "sameas")) }
    case "in":
      return { value, call throws(TemplateError) in try only(call, "in").contains(value) }
    case "filter":
      return { value, _ in FilterRegistry.contains(value.printed.string) }
    case "test":
      return { value, _ in contains(value.printed.string) }
    default: return nil
    }
  }

  static func contains(_ name: String) -> Bool {
    if case .some = named(name) { true } else { false }
  }

  static func comparison(_ name: String) -> Expression.Comparison? {
    switch name {
    case "==", "eq", "equalto": .equal
    case "!=", "ne": .notEqual
    case ">", "gt", "greaterthan": .greater
    case ">=", "ge": .greaterOrEqual
    case "<", "lt", "lessthan": .less
    case "<=", "le": .lessOrEqual
    default: nil
    }
  }

  private static func only(_ call: CallValues, _ name: String) throws(TemplateError) -> Value {
    guard let value = call.positional.first ?? call.keywords.first?.value else {
      throw TemplateError(.type, "test '\(name)' needs an argument")
    }
    return value
  }

  private static func remainder(_ value: Value, _ divisor: Value) throws(TemplateError) -> Double? {
    // A format is no number, however long; it takes steps of its own.
    try Value.apply(
      .remainder, value, divisor,
      Budget(TemplateLimits(steps: 1_000, outputLength: 1_000, depth: 100))
    ).number
  }

  private static func isSequence(_ value: Value) -> Bool {
    switch value {
    case .string, .list, .tuple, .dictionary, .range, .undefined: true
    default: false
    }
  }

  private static func isIterable(_ value: Value) -> Bool {
    switch value {
    case .string, .list, .tuple, .dictionary, .range, .view, .iterator, .undefined, .loop: true
    default: false
    }
  }

  private static func isCallable(_ value: Value) -> Bool {
    switch value {
    case .function, .macro, .loop, .undefined: true
    default: false
    }
  }

  /// Whether two values are one object: exact for what Python has once, by value for the rest.
  private static func isSame(_ left: Value, _ right: Value) -> Bool {
    left.typeName == right.typeName && left.isEqual(to: right)
  }
}
