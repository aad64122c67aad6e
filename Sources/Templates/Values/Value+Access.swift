// `a.b`, `a[b]` and `a[b:c]`, as the sandbox allows them (jinja2/sandbox.py, `getattr` and `getitem`).

extension Value {
  /// `self.name`: an attribute, else an item.
  func attribute(_ name: String) throws(TemplateError) -> Value {
    if case .undefined(let undefined) = self { throw undefined.error }
    return ownAttribute(name) ?? itemIfAny(.text(name)) ?? missing(.text(name))
  }

  /// `self[key]`: an item, else an attribute.
  func item(_ key: Value) throws(TemplateError) -> Value {
    if case .undefined(let undefined) = self { throw undefined.error }
    if let value = itemIfAny(key) { return value }
    if let name = key.text, let value = ownAttribute(name.string) { return value }
    return missing(key)
  }

  /// A method, a field of an object, or what stands for an attribute that the sandbox keeps away.
  private func ownAttribute(_ name: String) -> Value? {
    if Sandbox.isPrivate(name) || Sandbox.changes(self, name) {
      let message = "access to attribute '\(name)' of '\(typeName)' object is unsafe."
      return .undefined(Undefined(message: message, kind: .security))
    }
    switch self {
    case .string(let text): return StringMethods.bound(name, to: text)
    case .dictionary(let dictionary): return DictionaryMethods.bound(name, to: dictionary)
    case .list(let values), .tuple(let values):
      return SequenceMethods.bound(name, to: values, of: self)
    case .integer, .bool, .float: return NumberMethods.bound(name, to: self)
    case .range(let range):
      return [
        "start": .integer(range.start), "stop": .integer(range.end), "step": .integer(range.step),
      ][name]
    case .loop(let loop): return loop.attribute(name)
    case .namespace(let namespace): return namespace.attributes[name]
    case .function(let function): return function.attributes[name]
    case .macro(let macro): return macro.attribute(name)
    case .undefined, .none, .view, .iterator: return nil
    }
  }

  private func itemIfAny(_ key: Value) -> Value? {
    switch self {
    case .dictionary(let dictionary):
      guard let key = try? key.hashed() else { return nil }
      return dictionary[key]
    case .list(let values), .tuple(let values):
      guard let index = key.integer, let place = Self.place(index, values.count) else { return nil }
      return values[place]
    case .string(let text):
      guard let index = key.integer, let place = Self.place(index, text.count) else { return nil }
      return .string(text.part(place..<place + 1))
    case .range(let range):
      guard let index = key.integer, let place = Self.place(index, range.count) else { return nil }
      return .integer(range[place])
    default: return nil
    }
  }

  /// An index, from the end where it is negative; nil outside.
  private static func place(_ index: Int, _ count: Int) -> Int? {
    let place = index < 0 ? index + count : index
    return (0..<count).contains(place) ? place : nil
  }

  private func missing(_ key: Value) -> Value {
    let owner = isNone ? "None" : typeName + " object"
    if let name = key.text {
      return .undefined(
        Undefined(
          message: "\(Text(owner).pythonQuoted.string) has no attribute \(name.pythonQuoted.string)"
        ))
    }
    return .undefined(
      Undefined(message: "\(owner) has no element \(key.represented(upTo: 1_000).string)"))
  }

  /// `self[first:end:step]`; `none` stands for a bound that is left out.
  func slice(from first: Value, to end: Value, step: Value) throws(TemplateError) -> Value {
    if case .undefined(let undefined) = self { throw undefined.error }
    let count: Int
    switch self {
    case .string(let text): count = text.count
    case .list(let values), .tuple(let values): count = values.count
    case .range(let range): count = range.count
    case .dictionary: throw TemplateError(.type, "unhashable type: 'slice'")
    default: throw TemplateError(.type, "'\(typeName)' object is not subscriptable")
    }
    let places = try Self.slicePlaces(count, first, end, step)
    switch self {
    case .string(let text):
      return .string(Text(places.map { text.scalars[$0] }, isMarkup: text.isMarkup))
    case .list(let values): return .list(places.map { values[$0] })
    case .tuple(let values): return .tuple(places.map { values[$0] })
    case .range(let range): return .list(places.map { .integer(range[$0]) })
    default: return self
    }
  }

  private static func slicePlaces(
    _ count: Int, _ first: Value, _ end: Value, _ step: Value
  ) throws(TemplateError) -> [Int] {
    func bound(_ value: Value) throws(TemplateError) -> Int? {
      if value.isNone { return nil }
      if case .undefined(let undefined) = value {
        throw TemplateError(
          .type,
          "slice indices must be integers or None or have an __index__ method"
            + " (\(undefined.message))")
      }
      guard let index = value.integer else {
        throw TemplateError(
          .type, "slice indices must be integers or None or have an __index__ method")
      }
      return index
    }
    let step = try bound(step) ?? 1
    guard step != 0 else { throw TemplateError(.value, "slice step cannot be zero") }
    let lowest = step > 0 ? 0 : -1
    let highest = step > 0 ? count : count - 1
    func clamped(_ index: Int?, _ otherwise: Int) -> Int {
      guard let index else { return otherwise }
      return index < 0 ? max(lowest, index &+ count) : min(highest, index)
    }
    var index = clamped(try bound(first), step > 0 ? 0 : count - 1)
    let end = clamped(try bound(end), step > 0 ? count : -1)
    var places: [Int] = []
    while step > 0 ? index < end : index > end {
      places.append(index)
      let (next, overflow) = index.addingReportingOverflow(step)
      if overflow { break }
      index = next
    }
    return places
  }
}

/// What templates may not reach.
enum Sandbox {
  /// Attributes that every Python object has and that lead out of a sandbox; a dictionary's key of another
  /// name that begins with an underscore is an ordinary key.
  static func isPrivate(_ name: String) -> Bool { privateNames.contains(name) }

  private static let privateNames: Set<String> = [
    "__class__", "__delattr__", "__dict__", "__dir__", "__doc__", "__eq__", "__format__", "__ge__",
    "__getattribute__", "__getstate__", "__gt__", "__hash__", "__init__", "__init_subclass__",
    "__le__",
    "__lt__", "__module__", "__ne__", "__new__", "__reduce__", "__reduce_ex__", "__repr__",
    "__setattr__", "__sizeof__", "__str__", "__subclasshook__", "__call__", "__globals__",
    "__self__",
    "__func__", "__code__", "__builtins__", "__getitem__", "__len__", "__iter__", "__contains__",
    "__add__", "__mul__", "__mod__",
  ]

  /// Whether a method changes what it belongs to.
  static func changes(_ value: Value, _ name: String) -> Bool {
    switch value {
    case .list:
      ["append", "clear", "pop", "reverse", "insert", "sort", "extend", "remove"].contains(name)
    case .dictionary: ["clear", "pop", "popitem", "setdefault", "update"].contains(name)
    default: false
    }
  }
}

extension Macro {
  /// What a template can ask of a macro.
  func attribute(_ name: String) -> Value? {
    switch name {
    case "name": definition.name.map { .text($0) } ?? Value.none
    case "arguments": .tuple(definition.parameters.map { .text($0) })
    case "caller": .bool(definition.uses.contains("caller"))
    case "catch_kwargs": .bool(definition.uses.contains("kwargs"))
    case "catch_varargs": .bool(definition.uses.contains("varargs"))
    default: nil
    }
  }
}
