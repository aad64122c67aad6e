package import WeighbridgeByteIO

extension JSONValue {
  /// Parses a whole text, strictly (RFC 8259): no trailing commas, comments or byte order mark; keys
  /// occur once; strings are valid UTF-8 and hold no lone surrogates; nothing follows the value.
  ///
  /// `depth` bounds how deep arrays and objects nest. With `allowsPythonNumbers`, `NaN`, `Infinity` and
  /// `-Infinity` are numbers: Python's `json` writes them, and configuration files contain them. The
  /// error has the offset of the first wrong byte.
  package static func parse(
    _ bytes: [UInt8], depth: Int = 64, allowsPythonNumbers: Bool = false
  ) throws(JSONError) -> JSONValue {
    var parser = JSONParser(
      bytes: bytes, depth: depth, allowsPythonNumbers: allowsPythonNumbers)
    let value = try parser.value()
    parser.skipSpace()
    guard parser.position == bytes.count else {
      throw parser.fault(.syntax, "text after the end of the JSON value")
    }
    return value
  }

  /// Reads and parses a file of at most `limits.headerBytes`, with Python's numbers allowed.
  package static func read(
    _ source: any ByteSource, limits: ReadLimits = .default
  ) throws(FormatError) -> JSONValue {
    guard source.byteCount <= limits.headerBytes else {
      throw FormatError(
        .limitExceeded,
        "\(source.byteCount) bytes of JSON; at most \(limits.headerBytes) are allowed",
        in: source.name)
    }
    let bytes: [UInt8]
    do { bytes = try source.readBytes(at: 0, count: Int(source.byteCount)) } catch {
      throw FormatError(error)
    }
    do {
      return try parse(bytes, depth: limits.depth, allowsPythonNumbers: true)
    } catch { throw error.formatError(in: source.name) }
  }
}

/// A recursive descent over bytes; `depth` bounds the recursion.
struct JSONParser {
  let bytes: [UInt8]
  var depth: Int
  let allowsPythonNumbers: Bool
  var position = 0

  func fault(_ code: JSONError.Code, _ message: String, at offset: Int? = nil) -> JSONError {
    JSONError(code: code, message: message, offset: offset ?? position)
  }

  mutating func skipSpace() {
    while position < bytes.count {
      switch bytes[position] {
      case 0x20, 0x09, 0x0A, 0x0D: position += 1
      default: return
      }
    }
  }

  private func peek(_ what: String) throws(JSONError) -> UInt8 {
    guard position < bytes.count else {
      throw fault(.truncated, "the JSON ends where \(what) should follow")
    }
    return bytes[position]
  }

  mutating func value() throws(JSONError) -> JSONValue {
    skipSpace()
    switch try peek("a value") {
    case UInt8(ascii: "{"): return .object(try object())
    case UInt8(ascii: "["): return .array(try array())
    case UInt8(ascii: "\""): return .string(ByteString(try string()))
    case UInt8(ascii: "t"): return try literal("true", .bool(true))
    case UInt8(ascii: "f"): return try literal("false", .bool(false))
    case UInt8(ascii: "n"): return try literal("null", .null)
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
    case UInt8(ascii: "N") where allowsPythonNumbers: return try literal("NaN", .double(.nan))
    case UInt8(ascii: "I") where allowsPythonNumbers:
      return try literal("Infinity", .double(.infinity))
    case let byte:
      throw fault(.syntax, "a JSON value cannot start with \(Self.name(of: byte))")
    }
  }

  static func name(of byte: UInt8) -> String {
    (0x21...0x7E).contains(byte)
      ? "'\(Character(UnicodeScalar(byte)))'" : "byte 0x\(String(byte, radix: 16))"
  }

  private mutating func literal(
    _ word: StaticString, _ value: JSONValue
  ) throws(JSONError) -> JSONValue {
    let text = Array("\(word)".utf8)
    guard bytes.count - position >= text.count else {
      throw fault(.truncated, "the JSON ends inside \(word)")
    }
    guard bytes[position..<position + text.count].elementsEqual(text) else {
      throw fault(.syntax, "expected \(word)")
    }
    position += text.count
    return value
  }

  private mutating func enter() throws(JSONError) {
    guard depth > 0 else { throw fault(.tooDeep, "the JSON nests too deep") }
    depth -= 1
    position += 1
    skipSpace()
  }

  private mutating func array() throws(JSONError) -> [JSONValue] {
    try enter()
    defer { depth += 1 }
    var elements: [JSONValue] = []
    if try peek("an array's end") == UInt8(ascii: "]") {
      position += 1
      return elements
    }
    while true {
      elements.append(try value())
      if try ends(with: UInt8(ascii: "]"), "an array") { return elements }
    }
  }

  private mutating func object() throws(JSONError) -> JSONObject {
    try enter()
    defer { depth += 1 }
    var object = JSONObject()
    if try peek("an object's end") == UInt8(ascii: "}") {
      position += 1
      return object
    }
    while true {
      skipSpace()
      let start = position
      guard try peek("a key") == UInt8(ascii: "\"") else {
        throw fault(.syntax, "expected a key in quotation marks")
      }
      let key = ByteString(try string())
      skipSpace()
      guard try peek("':'") == UInt8(ascii: ":") else { throw fault(.syntax, "expected ':'") }
      position += 1
      let value = try value()
      guard object.append(.init(key, value, offset: start)) else {
        throw fault(.duplicateKey, "the key '\(key)' occurs twice", at: start)
      }
      if try ends(with: UInt8(ascii: "}"), "an object") { return object }
    }
  }

  /// Reads a comma, or the closing bracket and answers true.
  private mutating func ends(with bracket: UInt8, _ what: String) throws(JSONError) -> Bool {
    skipSpace()
    let byte = try peek("the rest of \(what)")
    guard byte == bracket || byte == UInt8(ascii: ",") else {
      throw fault(.syntax, "expected ',' or the end of \(what), found \(Self.name(of: byte))")
    }
    position += 1
    return byte == bracket
  }
}
