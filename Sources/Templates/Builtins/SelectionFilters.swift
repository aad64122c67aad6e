// `map`, `select` and their kin.

extension FilterRegistry {
  static func ofSelections(_ name: String) -> Filter? {
    switch name {
    case "map":
      return { renderer, value, call throws(TemplateError) in try map(renderer, value, call) }
    case "select":
      return { renderer, value, call throws(TemplateError) in
        try select(renderer, value, call, byAttribute: false, keeps: true)
      }
    case "reject":
      return { renderer, value, call throws(TemplateError) in
        try select(renderer, value, call, byAttribute: false, keeps: false)
      }
    case "selectattr":
      return { renderer, value, call throws(TemplateError) in
        try select(renderer, value, call, byAttribute: true, keeps: true)
      }
    case "rejectattr":
      return { renderer, value, call throws(TemplateError) in
        try select(renderer, value, call, byAttribute: true, keeps: false)
      }
    default: return nil
    }
  }

  private static func map(
    _ renderer: Renderer, _ value: Value, _ call: CallValues
  ) throws(TemplateError) -> Value {
    guard value.isTrue else { return .iterator(Iterator([])) }
    var result: [Value] = []
    if call.positional.isEmpty {
      let parameters = try Parameters("map", call, ["attribute", "default"])
      guard let attribute = parameters["attribute"] else {
        throw TemplateError(.filterArgument, "map requires a filter argument")
      }
      let path = AttributePath(attribute, otherwise: parameters["default"])
      for element in try value.iterated() { result.append(try path.value(of: element)) }
    } else {
      var rest = call
      let name = rest.positional.removeFirst().printed.string
      for element in try value.iterated() {
        result.append(try renderer.filter(element, name, rest))
      }
    }
    return .iterator(Iterator(result))
  }

  private static func select(
    _ renderer: Renderer, _ value: Value, _ call: CallValues, byAttribute: Bool, keeps: Bool
  ) throws(TemplateError) -> Value {
    guard value.isTrue else { return .iterator(Iterator([])) }
    var rest = call
    var path: AttributePath?
    if byAttribute {
      guard !rest.positional.isEmpty else {
        throw TemplateError(.filterArgument, "Missing parameter for attribute name")
      }
      path = AttributePath(rest.positional.removeFirst())
    }
    let name = rest.positional.isEmpty ? nil : rest.positional.removeFirst().printed.string
    var result: [Value] = []
    for element in try value.iterated() {
      let subject = try path?.value(of: element) ?? element
      let passes =
        try name.map { (name) throws(TemplateError) in try renderer.test(subject, name, rest) }
        ?? subject.isTrue
      if passes == keeps { result.append(element) }
    }
    return .iterator(Iterator(result))
  }
}

/// An attribute of an attribute: `address.city`, `0.name`.
struct AttributePath {
  private let parts: [Value]
  private let otherwise: Value?

  /// None is the value itself.
  init(_ attribute: Value, otherwise: Value? = nil) {
    self.otherwise = otherwise.flatMap { $0.isNone ? nil : $0 }
    guard let text = attribute.text else {
      parts = attribute.isNone ? [] : [attribute]
      return
    }
    parts = text.split(by: ".", limit: .max).map { part in
      part.all(\.isASCIIDigit)
        ? Int(part.string).map { .integer($0) } ?? .string(part) : .string(part)
    }
  }

  /// Paths between commas.
  static func several(_ attribute: Value) -> [AttributePath] {
    guard let text = attribute.text else { return [AttributePath(attribute)] }
    return text.split(by: ",", limit: .max).map { AttributePath(.string($0)) }
  }

  func value(of element: Value) throws(TemplateError) -> Value {
    var value = element
    for part in parts {
      value = try value.item(part)
      if let otherwise, value.isUndefined { value = otherwise }
    }
    return value
  }
}

extension Value {
  /// Lower case, where it is a text.
  var caseFolded: Value { text.map { .string($0.lowercased) } ?? self }
}
