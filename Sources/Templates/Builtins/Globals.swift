/// Functions that every template has: Jinja's, and transformers' `raise_exception` and `strftime_now`.
enum Globals {
  static func named(_ name: String) -> Value? { all[name] }

  private static let all: [String: Value] = {
    let functions = [
      Function("range", { _, call throws(TemplateError) in try range(call) }),
      Function("dict", { _, call throws(TemplateError) in try dictionary(call) }),
      Function("namespace", { _, call throws(TemplateError) in try namespace(call) }),
      Function("raise_exception", { _, call throws(TemplateError) in try raise(call) }),
      Function(
        "strftime_now",
        { renderer, call throws(TemplateError) in
          let parameters = try Parameters("strftime_now", call, ["format"], required: 1)
          return .string(try renderer.now.formatted(try parameters.text("format") ?? "None"))
        }),
      Function("cycler", { _, call throws(TemplateError) in try cycler(call) }),
      Function("joiner", { _, call throws(TemplateError) in try joiner(call) }),
      Function(
        "lipsum",
        { _, _ throws(TemplateError) in
          throw TemplateError(.runtime, "lipsum() writes random text and is not available")
        }),
    ]
    return Swift.Dictionary(
      uniqueKeysWithValues: functions.map { ($0.name, Value.function($0)) })
  }()

  private static let longestRange = 100_000

  private static func range(_ call: CallValues) throws(TemplateError) -> Value {
    guard call.keywords.isEmpty else {
      throw TemplateError(.type, "range() takes no keyword arguments")
    }
    var numbers: [Int] = []
    for value in call.positional {
      if case .undefined(let undefined) = value { throw undefined.error }
      guard let number = value.integer else {
        throw TemplateError(
          .type, "'\(value.typeName)' object cannot be interpreted as an integer")
      }
      numbers.append(number)
    }
    guard (1...3).contains(numbers.count) else {
      throw TemplateError(
        .type, "range expected from 1 to 3 arguments, got \(numbers.count)")
    }
    let start = numbers.count == 1 ? 0 : numbers[0]
    let end = numbers.count == 1 ? numbers[0] : numbers[1]
    let step = numbers.count == 3 ? numbers[2] : 1
    guard step != 0 else { throw TemplateError(.value, "range() arg 3 must not be zero") }
    let (span, overflow) = (step > 0 ? end : start).subtractingReportingOverflow(
      step > 0 ? start : end)
    let count =
      (step > 0 ? end <= start : end >= start)
      ? 0 : overflow ? Int.max : (span - 1) / Int(clamping: step.magnitude) + 1
    guard count <= longestRange else {
      throw TemplateError(
        .overflow,
        "Range too big. The sandbox blocks ranges larger than MAX_RANGE (\(longestRange)).")
    }
    return .range(PythonRange(start: start, end: end, step: step, count: count))
  }

  private static func dictionary(_ call: CallValues) throws(TemplateError) -> Value {
    .dictionary(try pairs(call, "dict"))
  }

  /// What `dict(…)` makes of its arguments.
  private static func pairs(_ call: CallValues, _ name: String) throws(TemplateError) -> Dictionary
  {
    guard call.positional.count <= 1 else {
      throw TemplateError(
        .type, "\(name) expected at most 1 argument, got \(call.positional.count)")
    }
    var result = Dictionary()
    if case .dictionary(let dictionary) = call.positional.first {
      result = dictionary
    } else if let first = call.positional.first {
      for pair in try first.iterated() {
        let pair = try pair.iterated()
        guard pair.count == 2 else {
          throw TemplateError(
            .value, "dictionary update sequence elements have length 2, not \(pair.count)")
        }
        try result.set(pair[0], to: pair[1])
      }
    }
    for (name, value) in call.keywords { result.set(name, to: value) }
    return result
  }

  private static func namespace(_ call: CallValues) throws(TemplateError) -> Value {
    let namespace = Namespace()
    namespace.attributes = try pairs(call, "namespace")
    for key in namespace.attributes.keys {
      if let name = key.text { try checkNamespaceName(name.string) }
    }
    return .namespace(namespace)
  }

  /// Refuses attributes that begin with an underscore.
  static func checkNamespaceName(_ name: String) throws(TemplateError) {
    guard name.hasPrefix("_") else { return }
    throw TemplateError(
      .security,
      "Chat templates cannot store underscore-prefixed attributes on a namespace, but got "
        + "'\(name)'. Please rename the attribute.")
  }

  private static func raise(_ call: CallValues) throws(TemplateError) -> Value {
    let parameters = try Parameters("raise_exception", call, ["message"], required: 1)
    throw TemplateError(.raised, (parameters["message"] ?? .none).printed.string)
  }

  private static func cycler(_ call: CallValues) throws(TemplateError) -> Value {
    guard !call.positional.isEmpty else {
      throw TemplateError(.runtime, "at least one item has to be provided")
    }
    let items = call.positional
    let state = Counter()
    let function = Function(
      "cycler",
      attributes: [
        "next": .function(
          Function("next") { _, _ in
            defer { state.value = (state.value + 1) % items.count }
            return items[state.value]
          }),
        "reset": .function(
          Function("reset") { _, _ in
            state.value = 0
            return .none
          }),
      ]
    ) { _, _ throws(TemplateError) in
      throw TemplateError(.type, "'Cycler' object is not callable")
    }
    return .function(function)
  }

  private static func joiner(_ call: CallValues) throws(TemplateError) -> Value {
    let parameters = try Parameters("joiner", call, ["sep"])
    let separator = parameters["sep"] ?? .text(", ")
    let state = Counter()
    return .function(
      Function("joiner") { _, _ in
        defer { state.value = 1 }
        return state.value == 0 ? .text("") : separator
      })
  }

  /// What a cycler or a joiner remembers.
  private final class Counter: @unchecked Sendable {
    // A rendering runs on one thread; nothing of it is seen by another.
    var value = 0
  }
}
