/// Binds the arguments of a built-in function to its parameters.
struct Parameters {
  private let name: String
  private let names: [String]
  private var values: [Value?]

  /// Binds `call` to `names`, of which the first `required` must be given.
  init(
    _ name: String, _ call: CallValues, _ names: [String], required: Int = 0
  ) throws(TemplateError) {
    self.name = name
    self.names = names
    values = Array(repeating: nil, count: names.count)
    guard call.positional.count <= names.count else {
      throw TemplateError(
        .type,
        "\(name)() takes at most \(names.count) argument\(names.count == 1 ? "" : "s") "
          + "(\(call.positional.count) given)")
    }
    for (index, value) in call.positional.enumerated() { values[index] = value }
    for (keyword, value) in call.keywords {
      guard let index = names.firstIndex(of: keyword) else {
        throw TemplateError(.type, "\(name)() got an unexpected keyword argument '\(keyword)'")
      }
      guard values[index] == nil else {
        throw TemplateError(.type, "\(name)() got multiple values for argument '\(keyword)'")
      }
      values[index] = value
    }
    for index in 0..<min(required, names.count) where values[index] == nil {
      throw TemplateError(.type, "\(name)() missing required argument '\(names[index])'")
    }
  }

  /// The value of a parameter; nil where it was left out.
  subscript(name: String) -> Value? { names.firstIndex(of: name).flatMap { values[$0] } }

  /// A truth value.
  func flag(_ name: String, _ otherwise: Bool = false) -> Bool { self[name]?.isTrue ?? otherwise }

  /// An integer; anything else is an error.
  func integer(_ name: String) throws(TemplateError) -> Int? {
    guard let value = self[name], !value.isNone else { return nil }
    if case .undefined(let undefined) = value { throw undefined.error }
    guard let integer = value.integer else {
      throw TemplateError(
        .type, "'\(value.typeName)' object cannot be interpreted as an integer")
    }
    return integer
  }

  /// A string; anything else but None is an error.
  func text(_ name: String) throws(TemplateError) -> Text? {
    guard let value = self[name], !value.isNone else { return nil }
    if case .undefined(let undefined) = value { throw undefined.error }
    guard let text = value.text else {
      throw TemplateError(
        .type, "\(self.name)() argument '\(name)' must be str, not \(value.typeName)")
    }
    return text
  }
}
