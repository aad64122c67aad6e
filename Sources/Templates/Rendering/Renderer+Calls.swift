extension Renderer {
  /// The arguments of a call, evaluated.
  func callValues(_ arguments: CallArguments, _ scope: Scope) throws(TemplateError) -> CallValues {
    var call = CallValues()
    for argument in arguments.positional { call.positional.append(try evaluate(argument, scope)) }
    for (name, value) in arguments.keywords {
      call.keywords.append((name, try evaluate(value, scope)))
    }
    if let unpacked = arguments.unpacked {
      call.positional += try budget.elements(of: try evaluate(unpacked, scope))
    }
    if let unpacked = arguments.unpackedKeywords {
      guard case .dictionary(let dictionary) = try evaluate(unpacked, scope) else {
        throw TemplateError(.type, "argument after ** must be a mapping")
      }
      for (key, value) in zip(dictionary.keys, dictionary.values) {
        guard let name = key.text else { throw TemplateError(.type, "keywords must be strings") }
        call.keywords.append((name.string, value))
      }
    }
    return call
  }

  /// Calls a value.
  func call(_ function: Value, _ call: CallValues) throws(TemplateError) -> Value {
    try budget.enter()
    defer { budget.leave() }
    switch function {
    case .function(let function):
      // Arguments may be keys.
      for argument in call.positional where argument.hasParts {
        try budget.weigh(argument, comparing: false)
      }
      return try paid(try function.call(self, call), isShared: false)
    case .macro(let macro):
      let text = try run(macro, call)
      return .string(Text(text.scalars, isMarkup: escapes))
    case .loop(let loop):
      guard let recurse = loop.recurse else {
        throw TemplateError(
          .type, "The loop must have the 'recursive' marker to be called recursively.")
      }
      guard let values = call.positional.first else {
        throw TemplateError(.type, "a recursive loop is called with what it walks over")
      }
      return .string(try recurse(self, values, loop.depth + 1))
    case .undefined(let undefined): throw undefined.error
    default: throw TemplateError(.type, "'\(function.typeName)' object is not callable")
    }
  }

  /// A filter of an expression, or of a block, whose filters have no value of their own.
  func filter(
    _ value: Expression?, _ name: String, _ arguments: CallArguments, _ scope: Scope,
    _ filtering: Value?
  ) throws(TemplateError) -> Value {
    let input: Value
    if let value {
      input = try evaluate(value, scope, filtering: filtering)
    } else {
      input = filtering ?? .undefined(.name("value"))
    }
    let call = try callValues(arguments, scope)
    guard FilterRegistry.contains(name) else {
      throw TemplateError(.runtime, "No filter named '\(name)' found.")
    }
    return try filter(input, name, call)
  }

  func filter(_ value: Value, _ name: String, _ call: CallValues) throws(TemplateError) -> Value {
    guard let filter = FilterRegistry.named(name) else {
      throw TemplateError(.runtime, "No filter named '\(name)'.")
    }
    try budget.spend()
    if Self.lookingFilters.contains(name) { return try filter(self, value, call) }
    var isShared = value.hasParts
    switch value {
    case .string(let text): try budget.spend(text.count)
    case .range(let range): try budget.spend(range.count)
    case .dictionary: isShared = false
    default: break
    }
    if Self.comparingFilters.contains(name) { try budget.weigh(value) }
    if Self.sortingFilters.contains(name) { try budget.spend(sorting: value) }
    return try paid(try filter(self, value, call), isShared: isShared)
  }

  /// Filters that give back what they are given, or look at one place of it.
  private static let lookingFilters: Set<String> = ["default", "d", "length", "count"]
  /// Filters that compare or join the elements of what they are given.
  private static let comparingFilters: Set<String> = [
    "sort", "unique", "min", "max", "groupby", "dictsort", "sum", "join",
  ]

  /// Filters that put elements in order.
  private static let sortingFilters: Set<String> = ["sort", "dictsort", "groupby"]

  /// What a filter or a function gives, which may not become too large or too deep.
  private func paid(_ result: Value, isShared: Bool) throws(TemplateError) -> Value {
    if result.hasParts { try budget.weigh(result, comparing: false) }
    try budget.spend(result: result, isShared: isShared)
    return result
  }

  func test(_ value: Value, _ name: String, _ call: CallValues) throws(TemplateError) -> Bool {
    guard let test = TestRegistry.named(name) else {
      throw TemplateError(.runtime, "No test named '\(name)'.")
    }
    try budget.spend()
    if let comparison = TestRegistry.comparison(name) ?? Self.comparingTests[name] {
      if let other = call.positional.first ?? call.keywords.first?.value {
        try budget.spend(comparing: value, comparison, other)
      }
    } else if Self.readingTests.contains(name) {
      try budget.weigh(value)
    }
    return try test(value, call)
  }

  private static let comparingTests: [String: Expression.Comparison] = [
    "in": .contained, "sameas": .equal,
  ]
  private static let readingTests: Set<String> = ["lower", "upper", "filter", "test"]

  /// What a macro writes.
  private func run(_ macro: Macro, _ call: CallValues) throws(TemplateError) -> Text {
    let definition = macro.definition
    let scope = Scope(in: macro.scope)
    var keywords = call.keywords
    func take(_ name: String) -> Value? {
      guard let place = keywords.firstIndex(where: { $0.name == name }) else { return nil }
      return keywords.remove(at: place).value
    }
    let given = call.positional.count
    // Each parameter looks for its keyword.
    try budget.spend(keywords.count * min(definition.parameters.count, 1 << 20))
    let firstDefault = definition.parameters.count - definition.defaults.count
    for (index, parameter) in definition.parameters.enumerated() {
      if index < given {
        scope.set(parameter, to: call.positional[index])
      } else if let value = take(parameter) {
        scope.set(parameter, to: value)
      } else if index >= firstDefault {
        scope.set(parameter, to: try evaluate(definition.defaults[index - firstDefault], scope))
      } else {
        let missing = Undefined(message: "parameter '\(parameter)' was not provided")
        scope.set(parameter, to: .undefined(missing))
      }
    }
    try bindRest(of: call, macro, scope, &keywords)
    var output = Output()
    _ = try run(definition.body, scope, &output)
    return output.text
  }

  /// `caller`, `kwargs` and `varargs`, for a macro that uses them; what no parameter takes is an error
  /// otherwise (jinja2/runtime.py, `Macro.__call__`).
  private func bindRest(
    of call: CallValues, _ macro: Macro, _ scope: Scope,
    _ keywords: inout [(name: String, value: Value)]
  ) throws(TemplateError) {
    let definition = macro.definition
    let name = definition.name.map { Text($0).pythonQuoted.string } ?? "None"
    if definition.uses.contains("caller"), !definition.parameters.contains("caller") {
      let place = keywords.firstIndex { $0.name == "caller" }
      let caller =
        place.map { keywords.remove(at: $0).value }
        ?? .undefined(Undefined(message: "No caller defined"))
      scope.set("caller", to: caller)
    }
    if definition.uses.contains("kwargs"), !definition.parameters.contains("kwargs") {
      var rest = Dictionary()
      for (name, value) in keywords { rest.set(name, to: value) }
      scope.set("kwargs", to: .dictionary(rest))
    } else if let first = keywords.first {
      throw TemplateError(
        .type,
        first.name == "caller"
          ? "macro \(name) was invoked with two values for the special caller argument. This is "
            + "most likely a bug."
          : "macro \(name) takes no keyword argument '\(first.name)'")
    }
    let count = definition.parameters.count
    if definition.uses.contains("varargs"), !definition.parameters.contains("varargs") {
      scope.set("varargs", to: .tuple(Array(call.positional.dropFirst(count))))
    } else if call.positional.count > count {
      throw TemplateError(.type, "macro \(name) takes not more than \(count) argument(s)")
    }
  }
}
