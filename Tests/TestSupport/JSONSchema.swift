internal import WeighbridgeByteIO
package import WeighbridgeJSON

/// A JSON Schema (2020-12), as far as Specs/schemas uses it.
///
/// A keyword that is not known here is a fault of its own, so that no schema says more than is checked.
package struct JSONSchema {
  private let root: JSONValue

  /// Takes a schema.
  package init(_ root: JSONValue) { self.root = root }

  private static let known: Set<ByteString> = [
    "$schema", "title", "description", "type", "const", "properties", "required",
    "additionalProperties", "items", "enum",
  ]

  /// What is wrong with a document; empty where nothing is.
  package func faults(of value: JSONValue) -> [String] { Self.faults(value, root, "") }

  private static func faults(
    _ value: JSONValue, _ schema: JSONValue, _ place: String
  ) -> [String] {
    guard let keywords = schema.object else { return [] }
    var found: [String] = []
    for member in keywords.members where !known.contains(member.key) {
      found.append("\(place): the keyword \(member.key) is not known")
    }
    if let expected = schema["const"], expected != value {
      found.append("\(place): not \(expected.text(compact: true))")
    }
    if let choices = schema["enum"]?.array, !choices.contains(value) {
      found.append("\(place): \(value.text(compact: true).prefix(60)) is none of the choices")
    }
    return found + typeFaults(value, schema, place) + memberFaults(value, schema, place)
      + elementFaults(value, schema, place)
  }

  private static func typeFaults(
    _ value: JSONValue, _ schema: JSONValue, _ place: String
  ) -> [String] {
    guard let type = schema["type"] else { return [] }
    let names = type.array?.compactMap { $0.text } ?? [type.text ?? ""]
    guard !names.contains(where: { isA(value, $0) }) else { return [] }
    let shown = value.text(compact: true).prefix(60)
    return ["\(place): \(shown) is no \(names.joined(separator: " or "))"]
  }

  private static func isA(_ value: JSONValue, _ type: String) -> Bool {
    switch value {
    case .null: type == "null"
    case .bool: type == "boolean"
    case .integer, .unsigned: type == "integer" || type == "number"
    case .double: type == "number"
    case .string: type == "string"
    case .array: type == "array"
    case .object: type == "object"
    }
  }

  private static func memberFaults(
    _ value: JSONValue, _ schema: JSONValue, _ place: String
  ) -> [String] {
    guard let object = value.object else { return [] }
    var found: [String] = []
    for name in schema["required"]?.array ?? [] {
      if let text = name.text, object[ByteString(text)] == nil {
        found.append("\(place).\(text): missing")
      }
    }
    for member in object.members {
      if let own = schema["properties"]?[member.key] {
        found += faults(member.value, own, "\(place).\(member.key)")
      } else if schema["additionalProperties"] == JSONValue.bool(false) {
        found.append("\(place).\(member.key): not described")
      }
    }
    return found
  }

  private static func elementFaults(
    _ value: JSONValue, _ schema: JSONValue, _ place: String
  ) -> [String] {
    guard let elements = value.array, let items = schema["items"] else { return [] }
    var found: [String] = []
    for (index, element) in elements.enumerated() {
      found += faults(element, items, "\(place)[\(index)]")
    }
    return found
  }
}
