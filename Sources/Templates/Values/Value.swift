/// A value of a template: what Python's types are to Jinja.
///
/// Lists and dictionaries are values: the sandbox lets no template change one (jinja2/sandbox.py,
/// `ImmutableSandboxedEnvironment`). Only namespaces, loops and iterators have an identity.
indirect enum Value: Sendable {
  case undefined(Undefined)
  case none
  case bool(Bool)
  case integer(Int)
  case float(Double)
  case string(Text)
  case list([Value])
  case tuple([Value])
  case dictionary(Dictionary)
  case range(PythonRange)
  /// `items()`, `keys()` and `values()` of a dictionary, already taken out.
  case view(name: String, [Value])
  /// What can be walked once.
  case iterator(Iterator)
  case namespace(Namespace)
  case macro(Macro)
  case function(Function)
  case loop(LoopState)
}

/// Something that is not there; why is said when it is used.
struct Undefined: Sendable {
  let message: String
  var kind = TemplateError.Kind.undefined

  static func name(_ name: String) -> Undefined { Undefined(message: "'\(name)' is undefined") }

  var error: TemplateError { TemplateError(kind, message) }
}

/// The numbers of Python's `range`.
struct PythonRange: Sendable {
  let start: Int
  /// What was given; the last number lies before it.
  let end: Int
  let step: Int
  let count: Int

  subscript(index: Int) -> Int { start + index * step }
  var values: [Value] { (0..<count).map { .integer(self[$0]) } }

  func contains(_ number: Int) -> Bool {
    let (distance, overflow) = number.subtractingReportingOverflow(start)
    let (place, isOutside) = distance.dividedReportingOverflow(by: step)
    return !overflow && !isOutside && place * step == distance && (0..<count).contains(place)
  }
}

extension PythonRange: Hashable {
  /// Ranges with the same numbers are equal: of an empty one only the count matters, of one number the
  /// step does not.
  static func == (left: PythonRange, right: PythonRange) -> Bool {
    left.count == right.count && (left.count == 0 || left.start == right.start)
      && (left.count < 2 || left.step == right.step)
  }

  func hash(into hasher: inout Hasher) {
    hasher.combine(count)
    if count > 0 { hasher.combine(start) }
    if count > 1 { hasher.combine(step) }
  }
}

/// Values that can be walked once, as what filters such as `map` give.
final class Iterator: @unchecked Sendable {
  // A rendering runs on one thread; nothing of it is seen by another.
  let name: String
  private var rest: ArraySlice<Value>

  init(_ values: [Value], name: String = "generator") {
    self.name = name
    rest = values[...]
  }

  func next() -> Value? { rest.popFirst() }

  /// Everything that is left, without taking it.
  var remaining: ArraySlice<Value> { rest }

  /// Everything that is left.
  func drain() -> [Value] {
    defer { rest = [] }
    return Array(rest)
  }
}

/// `namespace()`: attributes that blocks can set.
final class Namespace: @unchecked Sendable {
  var attributes = Dictionary()
}

/// A function of the environment, or a method bound to its value.
struct Function: Sendable {
  let name: String
  let call: @Sendable (Renderer, CallValues) throws(TemplateError) -> Value
  /// Attributes such as `next` of a cycler.
  var attributes: [String: Value] = [:]

  init(
    _ name: String, attributes: [String: Value] = [:],
    _ call: @escaping @Sendable (Renderer, CallValues) throws(TemplateError) -> Value
  ) {
    self.name = name
    self.attributes = attributes
    self.call = call
  }
}

/// The arguments of a call, evaluated.
struct CallValues: Sendable {
  var positional: [Value] = []
  var keywords: [(name: String, value: Value)] = []
}

extension Value {
  /// Python's name of the type.
  var typeName: String {
    switch self {
    case .undefined: "Undefined"
    case .none: "NoneType"
    case .bool: "bool"
    case .integer: "int"
    case .float: "float"
    case .string(let text): text.isMarkup ? "Markup" : "str"
    case .list: "list"
    case .tuple: "tuple"
    case .dictionary: "dict"
    case .range: "range"
    case .view(let name, _): name
    case .iterator(let iterator): iterator.name
    case .namespace: "Namespace"
    case .macro: "Macro"
    case .function: "function"
    case .loop: "LoopContext"
    }
  }

  /// Whether it counts as true.
  var isTrue: Bool {
    switch self {
    case .undefined, .none: false
    case .bool(let value): value
    case .integer(let value): value != 0
    case .float(let value): value != 0
    case .string(let text): !text.isEmpty
    case .list(let values), .tuple(let values), .view(_, let values): !values.isEmpty
    case .dictionary(let dictionary): dictionary.count > 0
    case .range(let range): range.count > 0
    case .loop(let loop): loop.values.count > 0
    case .iterator, .namespace, .macro, .function: true
    }
  }

  var isUndefined: Bool { if case .undefined = self { true } else { false } }
  var isNone: Bool { if case .none = self { true } else { false } }

  /// The text, where it is a string.
  var text: Text? { if case .string(let text) = self { text } else { nil } }

  /// The number, where it is an integer or a truth value.
  var integer: Int? {
    switch self {
    case .integer(let value): value
    case .bool(let value): value ? 1 : 0
    default: nil
    }
  }

  /// A string.
  static func text(_ string: String) -> Value { .string(Text(string)) }

  /// What a `for` walks over; nil for what cannot be walked.
  var elements: [Value]? {
    switch self {
    case .undefined(let undefined): undefined.kind == .undefined ? [] : nil
    case .list(let values), .tuple(let values), .view(_, let values): values
    case .dictionary(let dictionary): dictionary.keys
    case .string(let text): text.scalars.map { .string(Text([$0])) }
    case .range(let range): range.values
    case .iterator(let iterator): iterator.drain()
    case .none, .bool, .integer, .float, .namespace, .macro, .function, .loop: nil
    }
  }

  /// What a `for` walks over.
  func iterated() throws(TemplateError) -> [Value] {
    if let elements { return elements }
    if case .undefined(let undefined) = self { throw undefined.error }
    throw TemplateError(.type, "'\(typeName)' object is not iterable")
  }

  /// Python's `len`.
  func length() throws(TemplateError) -> Int {
    switch self {
    case .undefined: 0
    case .string(let text): text.count
    case .list(let values), .tuple(let values): values.count
    case .view(_, let values): values.count
    case .dictionary(let dictionary): dictionary.count
    case .range(let range): range.count
    case .loop(let loop): loop.values.count
    case .none, .bool, .integer, .float, .iterator, .namespace, .macro, .function:
      throw TemplateError(.type, "object of type '\(typeName)' has no len()")
    }
  }
}
