/// Python's `dict`: pairs in the order in which their keys came.
struct Dictionary: Sendable {
  private(set) var keys: [Value] = []
  private(set) var values: [Value] = []
  private var places: [HashedKey: Int] = [:]

  var count: Int { keys.count }

  /// The pairs as tuples of two.
  var items: [Value] { zip(keys, values).map { .tuple([$0, $1]) } }

  subscript(name: String) -> Value? { self[HashedKey.text(Text(name))] }

  subscript(key: HashedKey) -> Value? { places[key].map { values[$0] } }

  mutating func set(_ key: HashedKey, _ original: Value, to value: Value) {
    if let place = places[key] {
      values[place] = value
    } else {
      places[key] = keys.count
      keys.append(original)
      values.append(value)
    }
  }

  mutating func set(_ name: String, to value: Value) {
    set(.text(Text(name)), .text(name), to: value)
  }

  /// A pair whose key may be of any type that can be hashed.
  mutating func set(_ key: Value, to value: Value) throws(TemplateError) {
    set(try key.hashed(), key, to: value)
  }
}

/// What a key is compared by: numbers by value, whatever their type.
enum HashedKey: Hashable, Sendable {
  case none
  case integer(Int)
  case float(Double)
  case text(Text)
  case tuple([HashedKey])
  case range(PythonRange)
  case object(ObjectIdentifier)
}

extension Value {
  /// The value as a key.
  func hashed() throws(TemplateError) -> HashedKey {
    switch self {
    case .none: return .none
    case .bool(let value): return .integer(value ? 1 : 0)
    case .integer(let value): return .integer(value)
    case .float(let value): return Int(exactly: value).map { .integer($0) } ?? .float(value)
    case .string(let text): return .text(text)
    case .tuple(let values):
      var keys: [HashedKey] = []
      for value in values { keys.append(try value.hashed()) }
      return .tuple(keys)
    case .range(let range): return .range(range)
    case .namespace(let namespace): return .object(ObjectIdentifier(namespace))
    case .macro(let macro): return .object(ObjectIdentifier(macro))
    case .loop(let loop): return .object(ObjectIdentifier(loop))
    case .iterator(let iterator): return .object(ObjectIdentifier(iterator))
    case .undefined: return .object(ObjectIdentifier(Undefined.self))
    case .function(let function): return .text(Text("\u{0}function \(function.name)"))
    case .list, .dictionary, .view:
      throw TemplateError(.type, "unhashable type: '\(typeName)'")
    }
  }
}
