// The inside of a tag: names, numbers, strings and operators.

extension TemplateLexer {
  /// Cuts a tag's inside, its end included.
  mutating func cutExpression(isVariable: Bool) throws(TemplateError) {
    open = []
    let mark = isVariable ? "}}" : "%}"
    while true {
      if open.isEmpty, let end = tagEnd(mark, at: position) {
        append(isVariable ? .variableEnd : .blockEnd, at: position)
        position = end
        return
      }
      guard position < source.count else { return }
      let scalar = source[position]
      if scalar.isPythonSpace {
        skipSpace()
      } else if scalar.isASCIIDigit {
        try cutNumber()
      } else if scalar.isWordCharacter {
        try cutName()
      } else if scalar == "'" || scalar == "\"" {
        try cutString(quote: scalar)
      } else {
        try cutSymbol()
      }
    }
  }

  private mutating func cutName() throws(TemplateError) {
    let start = position
    while position < source.count, source[position].isWordCharacter { position += 1 }
    let name = Text(source[start..<position])
    guard let first = name.scalars.first, first == "_" || first.properties.isXIDStart,
      name.scalars.allSatisfy({ $0.properties.isXIDContinue })
    else { throw fault("Invalid character in identifier", at: start) }
    append(.name(name.string), at: start)
  }

  private mutating func cutSymbol() throws(TemplateError) {
    let start = position
    for symbol in ["//", "**", "==", "!=", ">=", "<="] where has(symbol, at: start) {
      position += 2
      return append(.symbol(symbol), at: start)
    }
    let scalar = source[start]
    guard "+-/*%~[](){}><=.:|,;".unicodeScalars.contains(scalar) else {
      throw fault("unexpected char \(Text([scalar]).pythonQuoted.string) at \(start)", at: start)
    }
    switch scalar {
    case "(": open.append(")")
    case "[": open.append("]")
    case "{": open.append("}")
    case ")", "]", "}":
      guard let expected = open.popLast() else {
        throw fault("unexpected '\(scalar)'", at: start)
      }
      guard expected == scalar else {
        throw fault("unexpected '\(scalar)', expected '\(expected)'", at: start)
      }
    default: break
    }
    position += 1
    append(.symbol(String(Character(scalar))), at: start)
  }

  private mutating func cutNumber() throws(TemplateError) {
    let start = position
    if source[start] == "0", start + 2 < source.count,
      let radix = ["b": 2, "o": 8, "x": 16][String(Character(source[start + 1])).lowercased()],
      isDigit(source[start + 2], radix) || source[start + 2] == "_"
    {
      position += 2
      return try appendInteger(digits(radix), radix: radix, at: start)
    }
    let whole = digits(10)
    // `1.e` and `a.1.2`: a fraction has digits, and a number behind a dot has none.
    let followsDot = tokens.last?.isSymbol(".") == true && start > 0 && source[start - 1] == "."
    var isFloat = false
    var text = whole
    if !followsDot {
      if position + 1 < source.count, source[position] == ".", source[position + 1].isASCIIDigit {
        position += 1
        text += "." + digits(10)
        isFloat = true
      }
      if let exponent = exponentLength() {
        text += String(String.UnicodeScalarView(source[position..<position + exponent]))
        position += exponent
        text += digits(10)
        isFloat = true
      }
    }
    if isFloat, let value = Double(text) { return append(.float(value), at: start) }
    guard !whole.hasPrefix("0") || whole.allSatisfy({ $0 == "0" }) else {
      throw fault("a number does not begin with 0: \(whole)", at: start)
    }
    try appendInteger(whole, radix: 10, at: start)
  }

  private mutating func appendInteger(
    _ digits: String, radix: Int, at start: Int
  ) throws(TemplateError) {
    guard let value = Int(digits, radix: radix) else {
      let shown = digits.count > 40 ? digits.prefix(40) + "…" : digits[...]
      throw fault("the number \(shown) does not fit into 64 bits", at: start)
    }
    append(.integer(value), at: start)
  }

  private func isDigit(_ scalar: Unicode.Scalar, _ radix: Int) -> Bool {
    scalar.isASCII && Character(scalar).hexDigitValue.map { $0 < radix } ?? false
  }

  /// Digits, with single underscores between them left out.
  private mutating func digits(_ radix: Int) -> String {
    var text = ""
    while position < source.count {
      let scalar = source[position]
      if isDigit(scalar, radix) {
        text.unicodeScalars.append(scalar)
      } else if scalar != "_" || position + 1 == source.count
        || !isDigit(source[position + 1], radix)
      {
        break
      }
      position += 1
    }
    return text
  }

  /// How many code points `e`, `e+` or `e-` takes, if digits follow.
  private func exponentLength() -> Int? {
    guard position < source.count, source[position] == "e" || source[position] == "E" else {
      return nil
    }
    var next = position + 1
    if next < source.count, source[next] == "+" || source[next] == "-" { next += 1 }
    guard next < source.count, source[next].isASCIIDigit else { return nil }
    return next - position
  }
}

// MARK: - Strings

extension TemplateLexer {
  private mutating func cutString(quote: Unicode.Scalar) throws(TemplateError) {
    let start = position
    position += 1
    var result: [Unicode.Scalar] = []
    while position < source.count {
      let scalar = source[position]
      position += 1
      if scalar == quote { return append(.string(Text(result)), at: start) }
      if scalar == "\\" { try cutEscape(into: &result) } else { result.append(scalar) }
    }
    throw fault("unexpected char \(Text([quote]).pythonQuoted.string) at \(start)", at: start)
  }

  /// What follows a backslash: Python's escapes; any other is kept as it is written.
  private mutating func cutEscape(into result: inout [Unicode.Scalar]) throws(TemplateError) {
    guard position < source.count else { return }
    let scalar = source[position]
    let simple: [Unicode.Scalar: Unicode.Scalar] = [
      "\\": "\\", "'": "'", "\"": "\"", "a": "\u{7}", "b": "\u{8}", "f": "\u{C}", "n": "\n",
      "r": "\r", "t": "\t", "v": "\u{B}",
    ]
    position += 1
    if let value = simple[scalar] { return result.append(value) }
    switch scalar {
    case "\n": return
    case "x": result.append(try escaped(digits: 2))
    case "u": result.append(try escaped(digits: 4))
    case "U": result.append(try escaped(digits: 8))
    case "0"..."7":
      position -= 1
      var value: UInt32 = 0
      for _ in 0..<3 {
        guard position < source.count, let digit = Character(source[position]).wholeNumberValue,
          source[position].isASCII, digit < 8
        else { break }
        value = value * 8 + UInt32(digit)
        position += 1
      }
      if let scalar = Unicode.Scalar(value) { result.append(scalar) }
    case "N":
      throw fault("characters cannot be named here; write \\u and four digits", at: position - 2)
    default:
      result.append("\\")
      result.append(scalar)
    }
  }

  private mutating func escaped(digits count: Int) throws(TemplateError) -> Unicode.Scalar {
    let start = position
    var value: UInt32 = 0
    for _ in 0..<count {
      guard position < source.count, source[position].isASCII,
        let digit = Character(source[position]).hexDigitValue
      else { throw fault("truncated escape in a string", at: start - 2) }
      value = value << 4 | UInt32(digit)
      position += 1
    }
    guard let scalar = Unicode.Scalar(value) else {
      throw fault("an escape names no character", at: start - 2)
    }
    return scalar
  }
}

extension Unicode.Scalar {
  var isASCIIDigit: Bool { ("0"..."9").contains(self) }
}
