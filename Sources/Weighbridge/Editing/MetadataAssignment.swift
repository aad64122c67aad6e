package import WeighbridgeByteIO
internal import WeighbridgeConversion
internal import WeighbridgeJSON
package import WeighbridgeModelIR

/// `KEY=TYPE:VALUE`, or `KEY=VALUE` where the model has the key and so its type.
///
/// Types are those of `--override` (`int`, `float`, `bool`, `str`, `u8` … `f64`), GGUF's own names for
/// them (`uint32`), `TYPE[]` with a JSON array, and `file`, a text from a file.
package struct MetadataAssignment: Hashable, Sendable {
  /// The key.
  package let key: ByteString
  private let argument: String
  private let type: String?
  private let text: String

  private static let aliases: [String: String] = [
    "uint8": "u8", "int8": "i8", "uint16": "u16", "int16": "i16", "uint32": "u32", "int32": "i32",
    "uint64": "u64", "int64": "i64", "float32": "f32", "float64": "f64", "string": "str",
    "double": "f64", "boolean": "bool",
  ]
  private static let plain: Set<String> = [
    "int", "float", "bool", "str", "u8", "i8", "u16", "i16", "u32", "i32", "u64", "i64", "f32",
    "f64", "file",
  ]

  /// Takes an argument apart.
  package init(_ argument: String) throws {
    guard let mark = argument.firstIndex(of: "="), mark != argument.startIndex else {
      throw RequestError(
        message: "--set takes KEY=TYPE:VALUE, not '\(argument)'",
        hint: "for example --set general.name=str:'My model'")
    }
    self.argument = argument
    key = ByteString(argument[..<mark])
    let rest = argument[argument.index(after: mark)...]
    guard let colon = rest.firstIndex(of: ":"), let type = Self.type(String(rest[..<colon])) else {
      (type, text) = (nil, String(rest))
      return
    }
    self.type = type
    text = String(rest[rest.index(after: colon)...])
  }

  /// The name of a type as it is used here; nil where there is none of this name.
  private static func type(_ name: String) -> String? {
    let isList = name.hasSuffix("[]")
    let base = (isList ? String(name.dropLast(2)) : name).lowercased()
    let known = aliases[base] ?? base
    guard plain.contains(known), !(isList && known == "file") else { return nil }
    return isList ? known + "[]" : known
  }

  /// The value; `old` is what the model has under the key.
  package func value(replacing old: MetadataValue?) throws -> MetadataValue {
    guard let type = try type ?? old.map({ try Self.name(of: $0, key) }) else {
      throw RequestError(
        message: "--set \(argument): the model has no '\(key)', so its type is needed",
        hint: "KEY=TYPE:VALUE with one of: int, float, bool, str, u8 to u64, i8 to i64, f32, f64, "
          + "TYPE[] for a JSON array, file for the text of a file")
    }
    if type == "file" {
      return .string(ByteString(try TextInput.read(text)))
    }
    guard type.hasSuffix("[]") else {
      // The same parser, and the same checks, as `--override`.
      return try MetadataOverride("\(key)=\(type):\(text)").value
    }
    guard let elements = (try? JSONValue.parse(Array(text.utf8)))?.array else {
      throw RequestError(message: "--set \(argument): '\(text)' is no JSON array")
    }
    return .array(try list(elements, of: String(type.dropLast(2))))
  }

  private static func name(of value: MetadataValue, _ key: ByteString) throws -> String {
    let name = value.typeName
    if let array = value.array {
      let element = array.number(0)?.typeName ?? (array.element == .string ? "string" : nil)
      guard let element, let type = type(element + "[]") else {
        throw RequestError(message: "--set \(key): what it holds has no name here; give a type")
      }
      return type
    }
    guard let type = type(name) else {
      throw RequestError(message: "--set \(key): it is of type \(name); give a type")
    }
    return type
  }

  private func list(_ elements: [JSONValue], of type: String) throws -> MetadataArray {
    func whole<Number: FixedWidthInteger>(_ type: Number.Type) throws -> [Number] {
      try elements.map { element in
        let number: Number? =
          if case .unsigned(let value) = element { Number(exactly: value) } else {
            element.integer.flatMap { Number(exactly: $0) }
          }
        guard let number else { throw mismatch(element) }
        return number
      }
    }
    func real() throws -> [Double] {
      try elements.map { element in
        guard let number = element.double else { throw mismatch(element) }
        return number
      }
    }
    switch type {
    case "u8": return .uint8(try whole(UInt8.self))
    case "i8": return .int8(try whole(Int8.self))
    case "u16": return .uint16(try whole(UInt16.self))
    case "i16": return .int16(try whole(Int16.self))
    case "u32": return .uint32(try whole(UInt32.self))
    case "i32", "int": return .int32(try whole(Int32.self))
    case "u64": return .uint64(try whole(UInt64.self))
    case "i64": return .int64(try whole(Int64.self))
    case "f32", "float": return .float32(try real().map { Float($0) })
    case "f64": return .float64(try real())
    case "bool":
      return .bool(
        try elements.map { element in
          guard let value = element.bool else { throw mismatch(element) }
          return value
        })
    default:
      return .strings(
        try elements.map { element in
          guard let value = element.string else { throw mismatch(element) }
          return value
        })
    }
  }

  private func mismatch(_ element: JSONValue) -> RequestError {
    RequestError(message: "--set \(argument): \(element.text(compact: true)) is not of this type")
  }
}

extension MetadataAssignment {
  /// The value in a JSON file; without a type it is of the old one's, or what it reads as.
  func json(replacing old: JSONValue?) throws -> JSONValue {
    guard type != nil else {
      if let old, old.string != nil { return JSONValue(text) }
      return (try? JSONValue.parse(Array(text.utf8))) ?? JSONValue(text)
    }
    let value = try value(replacing: nil)
    switch value {
    case .string(let text): return .string(text)
    case .bool(let flag): return .bool(flag)
    case .float32(let number): return .double(Double("\(number)") ?? Double(number))
    case .float64(let number): return .double(number)
    case .array: return try JSONValue.parse(Array(text.utf8))
    case .uint64(let number): return JSONValue(number)
    case .uint8, .int8, .uint16, .int16, .uint32, .int32, .int64:
      return .integer(value.integer ?? 0)
    }
  }
}
