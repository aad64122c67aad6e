/// Methods of `dict` that change nothing.
enum DictionaryMethods {
  static func bound(_ name: String, to dictionary: Dictionary) -> Value? {
    func function(
      _ body: @escaping @Sendable (CallValues) throws(TemplateError) -> Value
    ) -> Value {
      .function(Function(name) { (_, call) throws(TemplateError) in try body(call) })
    }
    switch name {
    case "get":
      return function { (call) throws(TemplateError) in
        guard call.keywords.isEmpty else {
          throw TemplateError(.type, "dict.get() takes no keyword arguments")
        }
        guard (1...2).contains(call.positional.count) else {
          throw TemplateError(
            .type, "get expected at least 1 argument, got \(call.positional.count)")
        }
        return dictionary[try call.positional[0].hashed()]
          ?? (call.positional.count == 2 ? call.positional[1] : .none)
      }
    case "items": return function { _ in .view(name: "dict_items", dictionary.items) }
    case "keys": return function { _ in .view(name: "dict_keys", dictionary.keys) }
    case "values": return function { _ in .view(name: "dict_values", dictionary.values) }
    case "copy": return function { _ in .dictionary(dictionary) }
    case "fromkeys":
      return function { (call) throws(TemplateError) in
        let parameters = try Parameters("fromkeys", call, ["iterable", "value"], required: 1)
        var result = Dictionary()
        for key in try (parameters["iterable"] ?? .none).iterated() {
          try result.set(key, to: parameters["value"] ?? .none)
        }
        return .dictionary(result)
      }
    default: return nil
    }
  }
}

/// Methods of `list` and `tuple` that change nothing.
enum SequenceMethods {
  static func bound(_ name: String, to values: [Value], of sequence: Value) -> Value? {
    switch name {
    case "count":
      return .function(
        Function(name) { (renderer, call) throws(TemplateError) in
          let value = try Parameters(name, call, ["value"], required: 1)["value"] ?? .none
          try renderer.budget.weigh(sequence)
          return .integer(values.count { $0.isEqual(to: value) })
        })
    case "index":
      return .function(
        Function(name) { (renderer, call) throws(TemplateError) in
          let value = try Parameters(name, call, ["value"], required: 1)["value"] ?? .none
          try renderer.budget.weigh(sequence)
          guard let place = values.firstIndex(where: { $0.isEqual(to: value) }) else {
            throw TemplateError(.value, "\(value.represented(upTo: 1_000).string) is not in list")
          }
          return .integer(place)
        })
    case "copy":
      guard case .list = sequence else { return nil }
      return .function(Function(name) { _, _ in sequence })
    default: return nil
    }
  }
}

/// Methods and fields of numbers.
enum NumberMethods {
  static func bound(_ name: String, to value: Value) -> Value? {
    switch (name, value) {
    case ("real", _): return value
    case ("imag", .float): return .float(0)
    case ("imag", _): return .integer(0)
    case ("numerator", .integer), ("numerator", .bool): return .integer(value.integer ?? 0)
    case ("denominator", .integer), ("denominator", .bool): return .integer(1)
    case ("is_integer", .float(let number)):
      return .function(Function(name) { _, _ in .bool(number == number.rounded()) })
    case ("bit_length", .integer(let number)):
      return .function(
        Function(name) { _, _ in
          .integer(number.magnitude.bitWidth - number.magnitude.leadingZeroBitCount)
        })
    case ("conjugate", _): return .function(Function(name) { _, _ in value })
    default: return nil
    }
  }
}
