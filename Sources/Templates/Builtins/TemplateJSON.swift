/// `tojson` of transformers: Python's `json.dumps`, without Jinja's escapes for HTML.
struct TemplateJSON {
  private let budget: Budget
  private let escapesNonASCII: Bool
  private let indent: Text?
  private let itemSeparator: Text
  private let keySeparator: Text
  private let sortsKeys: Bool
  private var output: [Unicode.Scalar] = []

  static func filter(
    _ renderer: Renderer, _ value: Value, _ call: CallValues
  ) throws(TemplateError) -> Value {
    let parameters = try Parameters(
      "tojson", call, ["ensure_ascii", "indent", "separators", "sort_keys"])
    var writer = try TemplateJSON(parameters, renderer.budget)
    try writer.append(value, level: 0)
    return .string(Text(writer.output))
  }

  private init(_ parameters: Parameters, _ budget: Budget) throws(TemplateError) {
    self.budget = budget
    escapesNonASCII = parameters.flag("ensure_ascii")
    sortsKeys = parameters.flag("sort_keys")
    switch parameters["indent"] {
    case nil, Value.none?: indent = nil
    case .string(let text)?: indent = text
    default:
      let width = max(0, try parameters.integer("indent") ?? 0)
      try budget.checkLength(width)
      indent = Text(Array(repeating: " ", count: width))
    }
    if let separators = parameters["separators"], !separators.isNone {
      let texts = try separators.iterated().map(\.text)
      guard texts.count == 2, let item = texts[0], let key = texts[1] else {
        throw TemplateError(.value, "separators are two strings")
      }
      (itemSeparator, keySeparator) = (item, key)
    } else {
      (itemSeparator, keySeparator) = (indent == nil ? ", " : ",", ": ")
    }
  }

  private mutating func add(_ text: some Collection<Unicode.Scalar>) throws(TemplateError) {
    try budget.checkLength(output.count + text.count, adding: text.count)
    output.append(contentsOf: text)
  }

  private mutating func add(_ string: String) throws(TemplateError) {
    try add(string.unicodeScalars)
  }

  private mutating func breakLine(_ level: Int) throws(TemplateError) {
    guard let indent else { return }
    try add("\n")
    for _ in 0..<level { try add(indent.scalars) }
  }

  private mutating func append(_ value: Value, level: Int) throws(TemplateError) {
    try budget.enter()
    defer { budget.leave() }
    switch value {
    case .none: try add("null")
    case .bool(let value): try add(value ? "true" : "false")
    case .integer(let value): try add("\(value)")
    case .float(let value): try add(Self.number(value))
    case .string(let text): try add(quoted(text))
    case .list(let values), .tuple(let values): try append(values, level)
    case .dictionary(let dictionary): try append(dictionary, level)
    default:
      throw TemplateError(.type, "Object of type \(value.typeName) is not JSON serializable")
    }
  }

  private static func number(_ value: Double) -> String {
    value.isNaN
      ? "NaN" : value.isInfinite ? (value < 0 ? "-Infinity" : "Infinity") : PythonNumber.text(value)
  }

  private mutating func append(_ values: [Value], _ level: Int) throws(TemplateError) {
    guard !values.isEmpty else { return try add("[]") }
    try add("[")
    for (index, value) in values.enumerated() {
      if index > 0 { try add(itemSeparator.scalars) }
      try breakLine(level + 1)
      try append(value, level: level + 1)
    }
    try breakLine(level)
    try add("]")
  }

  private mutating func append(_ dictionary: Dictionary, _ level: Int) throws(TemplateError) {
    guard dictionary.count > 0 else { return try add("{}") }
    var pairs = Array(zip(dictionary.keys, dictionary.values))
    if sortsKeys { pairs = try Sorting.sorted(pairs) { $0.0 } }
    try add("{")
    for (index, (key, value)) in pairs.enumerated() {
      if index > 0 { try add(itemSeparator.scalars) }
      try breakLine(level + 1)
      try add(quoted(try name(of: key)))
      try add(keySeparator.scalars)
      try append(value, level: level + 1)
    }
    try breakLine(level)
    try add("}")
  }

  private func name(of key: Value) throws(TemplateError) -> Text {
    switch key {
    case .string(let text): text
    case .integer(let value): Text("\(value)")
    case .bool(let value): value ? "true" : "false"
    case .none: "null"
    case .float(let value): Text(Self.number(value))
    default:
      throw TemplateError(
        .type, "keys must be str, int, float, bool or None, not \(key.typeName)")
    }
  }

  private func quoted(_ text: Text) -> [Unicode.Scalar] {
    var result: [Unicode.Scalar] = ["\""]
    for scalar in text.scalars {
      switch scalar {
      case "\"": result += ["\\", "\""]
      case "\\": result += ["\\", "\\"]
      case "\n": result += ["\\", "n"]
      case "\r": result += ["\\", "r"]
      case "\t": result += ["\\", "t"]
      case "\u{8}": result += ["\\", "b"]
      case "\u{C}": result += ["\\", "f"]
      default:
        if scalar.value < 0x20 || escapesNonASCII && scalar.value > 0x7E {
          for unit in String(Character(scalar)).utf16 {
            let digits = String(unit, radix: 16)
            let zeros = String(repeating: "0", count: 4 - digits.count)
            result.append(contentsOf: "\\u\(zeros)\(digits)".unicodeScalars)
          }
        } else {
          result.append(scalar)
        }
      }
    }
    return result + ["\""]
  }
}

/// Python's stable sort, for values whose order can be an error.
enum Sorting {
  static func sorted<Element>(
    _ elements: [Element], reverse: Bool = false, by key: (Element) -> Value
  ) throws(TemplateError) -> [Element] {
    var failure: TemplateError?
    let keyed = elements.enumerated().map {
      (offset: $0.offset, element: $0.element, key: key($0.element))
    }
    let sorted = keyed.sorted { left, right in
      guard failure == nil else { return left.offset < right.offset }
      do {
        if try left.key.isLess(than: right.key) { return !reverse }
        if try right.key.isLess(than: left.key) { return reverse }
      } catch { failure = error as? TemplateError }
      return left.offset < right.offset
    }
    if let failure { throw failure }
    return sorted.map(\.element)
  }
}
