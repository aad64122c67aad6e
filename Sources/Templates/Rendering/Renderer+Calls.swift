extension Renderer {
  /// The arguments of a call, evaluated.
  func callValues(_ arguments: CallArguments, _ scope: Scope) throws(TemplateError) -> CallValues {
    var call = CallValues()
    for argument in arguments.positional { call.positional.append(try evaluate(argument, scope)) }
    for (name, value) in arguments.keywords {
      call.keywords.append((name, try evaluate(value, scope)))
    }
    if let unpacked = arguments.unpacked {
      call.positional += try evaluate(unpacked, scope).iterated()
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
    case .function(let function): return try function.call(self, call)
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
    return try filter(self, value, call)
  }

  func test(_ value: Value, _ name: String, _ call: CallValues) throws(TemplateError) -> Bool {
    guard let test = TestRegistry.named(name) else {
      throw TemplateError(.runtime, "No test named '\(name)'.")
    }
    try budget.spend()
    return try test(value, call)
  }

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
