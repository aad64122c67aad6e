package import WeighbridgeByteIO

/// A JSON document.
///
/// The order of keys is kept, strings are bytes (valid UTF-8), and an integer that is written as
/// one stays one.
package enum JSONValue: Hashable, Sendable {
  case null
  case bool(Bool)
  case integer(Int)
  /// An integer above `Int.max`.
  case unsigned(UInt64)
  case double(Double)
  case string(ByteString)
  case array([JSONValue])
  case object(JSONObject)
}

/// Keys and values in the order of the text; every key once.
package struct JSONObject: Hashable, Sendable {
  /// One member.
  package struct Member: Hashable, Sendable {
    package let key: ByteString
    package var value: JSONValue
    /// Offset of the key in the text; 0 for an object that was not parsed.
    package let offset: Int
    /// Pairs a key with its value.
    package init(_ key: ByteString, _ value: JSONValue, offset: Int = 0) {
      self.key = key
      self.value = value
      self.offset = offset
    }
    /// Equal where key and value are; the place in the text does not count.
    package static func == (left: Member, right: Member) -> Bool {
      left.key == right.key && left.value == right.value
    }
    /// Feeds key and value.
    package func hash(into hasher: inout Hasher) {
      hasher.combine(key)
      hasher.combine(value)
    }
  }

  /// The members, in order.
  package private(set) var members: [Member] = []
  private var places: [ByteString: Int] = [:]
  /// Up to here a linear search beats building a table.
  private static let linearLimit = 8

  /// No members.
  package init() {}

  /// The number of members.
  package var count: Int { members.count }

  private func place(of key: ByteString) -> Int? {
    if members.count <= Self.linearLimit { return members.firstIndex { $0.key == key } }
    return places[key]
  }

  /// Adds a member at the end; false, and nothing changed, where the key is there already.
  package mutating func append(_ member: Member) -> Bool {
    guard place(of: member.key) == nil else { return false }
    if members.count == Self.linearLimit {
      for (index, old) in members.enumerated() { places[old.key] = index }
    }
    if members.count >= Self.linearLimit { places[member.key] = members.count }
    members.append(member)
    return true
  }

  /// The value of a key.
  ///
  /// Setting replaces in place or appends; setting nil removes.
  package subscript(key: ByteString) -> JSONValue? {
    get { place(of: key).map { members[$0].value } }
    set {
      if let newValue {
        if let place = place(of: key) {
          members[place].value = newValue
        } else {
          _ = append(Member(key, newValue))
        }
      } else if let place = place(of: key) {
        let rest = members.enumerated().filter { $0.offset != place }.map(\.element)
        members = []
        places = [:]
        for member in rest { _ = append(member) }
      }
    }
  }
}

extension JSONValue {
  /// The member of an object, or nil.
  package subscript(key: ByteString) -> JSONValue? { object?[key] }

  /// The object, where it is one.
  package var object: JSONObject? { if case .object(let value) = self { value } else { nil } }
  /// The elements, where it is an array.
  package var array: [JSONValue]? { if case .array(let value) = self { value } else { nil } }
  /// The bytes, where it is a string.
  package var string: ByteString? { if case .string(let value) = self { value } else { nil } }
  /// The text, where it is a string.
  package var text: String? { string?.text }
  /// The truth value, where it is one.
  package var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
  /// The integer, where it is written as one and fits.
  package var integer: Int? { if case .integer(let value) = self { value } else { nil } }
  /// Whether it is `null`.
  package var isNull: Bool { self == .null }

  /// The number as a double, whether written as an integer or not.
  package var double: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .unsigned(let value): Double(value)
    case .double(let value): value
    case .null, .bool, .string, .array, .object: nil
    }
  }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByFloatLiteral, ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral,
  ExpressibleByDictionaryLiteral, ExpressibleByNilLiteral
{
  /// A string.
  package init(stringLiteral value: String) { self = .string(ByteString(value)) }
  /// An integer.
  package init(integerLiteral value: Int) { self = .integer(value) }
  /// A number.
  package init(floatLiteral value: Double) { self = .double(value) }
  /// A truth value.
  package init(booleanLiteral value: Bool) { self = .bool(value) }
  /// An array.
  package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
  /// An object with its keys in the order written.
  package init(dictionaryLiteral elements: (ByteString, JSONValue)...) {
    var object = JSONObject()
    for (key, value) in elements { _ = object.append(.init(key, value)) }
    self = .object(object)
  }
  /// `null`.
  package init(nilLiteral: ()) { self = .null }

  /// A string.
  package init(_ text: String) { self = .string(ByteString(text)) }
  /// An integer.
  package init(_ value: Int) { self = .integer(value) }
  /// An integer.
  package init(_ value: UInt64) {
    self = Int(exactly: value).map { .integer($0) } ?? .unsigned(value)
  }
  /// A number.
  package init(_ value: Double) { self = .double(value) }
  /// A truth value.
  package init(_ value: Bool) { self = .bool(value) }
}
