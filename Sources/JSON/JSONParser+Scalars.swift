extension JSONParser {
  /// A string, at its opening quotation mark.
  ///
  /// Escapes are resolved.
  mutating func string() throws(JSONError) -> [UInt8] {
    let start = position
    position += 1
    var result: [UInt8] = []
    var run = position
    var isASCII = true
    while true {
      guard position < bytes.count else {
        throw fault(.truncated, "the JSON ends inside a string", at: start)
      }
      let byte = bytes[position]
      if byte == UInt8(ascii: "\"") {
        result.append(contentsOf: bytes[run..<position])
        position += 1
        break
      }
      if byte == UInt8(ascii: "\\") {
        result.append(contentsOf: bytes[run..<position])
        try escape(into: &result)
        run = position
        continue
      }
      guard byte >= 0x20 else {
        throw fault(.syntax, "a control character inside a string")
      }
      if byte >= 0x80 { isASCII = false }
      position += 1
    }
    if !isASCII, String(validating: result, as: UTF8.self) == nil {
      throw fault(.invalidUTF8, "a string is not valid UTF-8", at: start)
    }
    return result
  }

  private mutating func escape(into result: inout [UInt8]) throws(JSONError) {
    let start = position
    guard position + 1 < bytes.count else {
      throw fault(.truncated, "the JSON ends inside an escape")
    }
    let kind = bytes[position + 1]
    position += 2
    switch kind {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): result.append(kind)
    case UInt8(ascii: "b"): result.append(0x08)
    case UInt8(ascii: "f"): result.append(0x0C)
    case UInt8(ascii: "n"): result.append(0x0A)
    case UInt8(ascii: "r"): result.append(0x0D)
    case UInt8(ascii: "t"): result.append(0x09)
    case UInt8(ascii: "u"):
      var code = try hexadecimal()
      if (0xD800..<0xDC00).contains(code), position + 1 < bytes.count,
        bytes[position] == UInt8(ascii: "\\"), bytes[position + 1] == UInt8(ascii: "u")
      {
        position += 2
        let low = try hexadecimal()
        guard (0xDC00..<0xE000).contains(low) else {
          throw fault(.invalidUTF8, "a lone surrogate in an escape", at: start)
        }
        code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
      }
      guard let scalar = UnicodeScalar(code) else {
        throw fault(.invalidUTF8, "a lone surrogate in an escape", at: start)
      }
      result.append(contentsOf: UTF8.encode(scalar).map { Array($0) } ?? [])
    default: throw fault(.syntax, "an unknown escape", at: start)
    }
  }

  private mutating func hexadecimal() throws(JSONError) -> UInt32 {
    guard bytes.count - position >= 4 else {
      throw fault(.truncated, "the JSON ends inside an escape")
    }
    var code: UInt32 = 0
    for byte in bytes[position..<position + 4] {
      let digit: UInt32
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = UInt32(byte) - 0x30
      case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = UInt32(byte) - 0x57
      case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = UInt32(byte) - 0x37
      default: throw fault(.syntax, "expected four hexadecimal digits")
      }
      code = code << 4 | digit
    }
    position += 4
    return code
  }

  private mutating func digits() throws(JSONError) {
    let start = position
    while position < bytes.count, (0x30...0x39).contains(bytes[position]) { position += 1 }
    guard position > start else {
      throw position < bytes.count
        ? fault(.syntax, "expected a digit") : fault(.truncated, "the JSON ends inside a number")
    }
  }

  /// A number: an integer where it is written as one and fits 64 bits, else a double.
  mutating func number() throws(JSONError) -> JSONValue {
    let start = position
    if bytes[position] == UInt8(ascii: "-") {
      position += 1
      if allowsPythonNumbers, position < bytes.count, bytes[position] == UInt8(ascii: "I") {
        position = start
        return try infinity()
      }
    }
    let leading = position
    try digits()
    guard bytes[leading] != 0x30 || position == leading + 1 else {
      throw fault(.syntax, "a number with a leading zero", at: start)
    }
    var isInteger = true
    if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
      isInteger = false
      position += 1
      try digits()
    }
    if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") {
      isInteger = false
      position += 1
      if position < bytes.count, [UInt8(ascii: "+"), UInt8(ascii: "-")].contains(bytes[position]) {
        position += 1
      }
      try digits()
    }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    if isInteger {
      if let value = Int(text) { return .integer(value) }
      if let value = UInt64(text) { return .unsigned(value) }
    }
    guard let value = Double(text), value.isFinite else {
      throw fault(.numberRange, "the number \(text.prefix(40)) is out of range", at: start)
    }
    return .double(value)
  }

  private mutating func infinity() throws(JSONError) -> JSONValue {
    let word = Array("-Infinity".utf8)
    guard bytes.count - position >= word.count,
      bytes[position..<position + word.count].elementsEqual(word)
    else { throw fault(.syntax, "expected a digit", at: position + 1) }
    position += word.count
    return .double(-.infinity)
  }
}
