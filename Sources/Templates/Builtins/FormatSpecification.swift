#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// How a value is laid out within a format: Python's `[[fill]align][sign][#][0][width][,][.precision][type]`.
struct FormatSpecification {
  var fill: Unicode.Scalar = " "
  var alignment: Unicode.Scalar?
  var sign: Unicode.Scalar = "-"
  var isAlternate = false
  var width = 0
  var grouping: Unicode.Scalar?
  var precision: Int?
  var type: Unicode.Scalar?

  init() {}

  init(_ text: Text) throws(TemplateError) {
    var rest = text.scalars[...]
    let alignments: Set<Unicode.Scalar> = ["<", ">", "^", "="]
    if rest.count >= 2, alignments.contains(rest[rest.startIndex + 1]) {
      fill = rest.removeFirst()
      alignment = rest.removeFirst()
    } else if let first = rest.first, alignments.contains(first) {
      alignment = rest.removeFirst()
    }
    if let first = rest.first, ["+", "-", " "].contains(first) { sign = rest.removeFirst() }
    if rest.first == "#" {
      isAlternate = true
      rest.removeFirst()
    }
    if rest.first == "0" {
      if alignment == nil { (fill, alignment) = ("0", "=") }
      rest.removeFirst()
    }
    width = try Self.number(&rest) ?? 0
    if let first = rest.first, first == "," || first == "_" { grouping = rest.removeFirst() }
    if rest.first == "." {
      rest.removeFirst()
      guard let digits = try Self.number(&rest) else {
        throw TemplateError(.value, "Format specifier missing precision")
      }
      precision = digits
    }
    type = rest.popFirst()
    guard rest.isEmpty else { throw TemplateError(.value, "Invalid format specifier") }
  }

  static func number(_ rest: inout ArraySlice<Unicode.Scalar>) throws(TemplateError) -> Int? {
    var value: Int?
    while let digit = rest.first, digit.isASCIIDigit {
      let (product, overflow) = (value ?? 0).multipliedReportingOverflow(by: 10)
      guard !overflow, product < 1 << 40 else {
        throw TemplateError(.value, "Too many decimal digits in format string")
      }
      value = product + Int(digit.value - 48)
      rest.removeFirst()
    }
    return value
  }

  /// A value laid out.
  func format(_ value: Value, _ budget: Budget) throws(TemplateError) -> Text {
    switch value {
    case .string(let text):
      guard type == nil || type == "s" else { throw unknown(value) }
      let cut = precision.map { text.part(0..<min($0, text.count)) } ?? text
      return try padded("", cut, otherwise: "<", budget)
    case .bool where type == nil || type == "s":
      return try padded("", value.printed, otherwise: "<", budget)
    case .integer, .bool:
      let number = value.integer ?? 0
      if let type, "eEfFgG%".unicodeScalars.contains(type) {
        return try format(Double(number), budget)
      }
      return try format(number, of: value, budget)
    case .float(let number): return try format(number, budget)
    default:
      guard type == nil, width == 0, precision == nil else {
        throw TemplateError(
          .type, "unsupported format string passed to \(value.typeName).__format__")
      }
      return value.printed
    }
  }

  private func unknown(_ value: Value) -> TemplateError {
    TemplateError(
      .value,
      "Unknown format code '\(type.map { String(Character($0)) } ?? "")' for object of type "
        + "'\(value.typeName)'")
  }

  private func format(_ number: Int, of value: Value, _ budget: Budget) throws(TemplateError)
    -> Text
  {
    let magnitude = number.magnitude
    var (digits, prefix) = (String(magnitude), "")
    switch type {
    case nil, "d", "n": break
    case "x", "X":
      digits = String(magnitude, radix: 16, uppercase: type == "X")
      prefix = type == "X" ? "0X" : "0x"
    case "o": (digits, prefix) = (String(magnitude, radix: 8), "0o")
    case "b": (digits, prefix) = (String(magnitude, radix: 2), "0b")
    case "c":
      guard let scalar = UInt32(exactly: number).flatMap({ Unicode.Scalar($0) }) else {
        throw TemplateError(.overflow, "%c arg not in range(0x110000)")
      }
      return try padded("", Text([scalar]), otherwise: "<", budget)
    default: throw unknown(value)
    }
    let sign = self.sign(isNegative: number < 0) + (isAlternate ? prefix : "")
    return try padded(sign, Text(grouped(digits)), otherwise: ">", budget)
  }

  private func format(_ number: Double, _ budget: Budget) throws(TemplateError) -> Text {
    let magnitude = number.magnitude
    let precision = self.precision ?? 6
    guard precision <= 1_000 else { throw TemplateError(.value, "precision too big") }
    var text: String
    switch type {
    case nil where self.precision == nil: text = PythonNumber.text(magnitude)
    case nil, "g", "G", "n": text = Self.printed("%.\(max(1, precision))g", magnitude)
    case "f", "F": text = Self.printed("%.\(precision)f", magnitude)
    case "e", "E": text = Self.printed("%.\(precision)e", magnitude)
    case "%": text = Self.printed("%.\(precision)f", magnitude * 100) + "%"
    default: throw unknown(.float(number))
    }
    if type == nil, self.precision != nil, !text.contains("."), !text.contains("e"),
      magnitude.isFinite
    {
      text += ".0"
    }
    if let type, "EFG".unicodeScalars.contains(type) { text = text.uppercased() }
    let end = text.firstIndex { !$0.isNumber } ?? text.endIndex
    let whole = grouped(String(text[..<end])) + text[end...]
    return try padded(
      self.sign(isNegative: number.sign == .minus && !number.isNaN), Text(whole), otherwise: ">",
      budget)
  }

  private func sign(isNegative: Bool) -> String {
    isNegative ? "-" : sign == "-" ? "" : String(Character(sign))
  }

  private func grouped(_ digits: String) -> String {
    guard let grouping, digits.allSatisfy(\.isHexDigit) else { return digits }
    let size = type == nil || "dnfFgGeE%".unicodeScalars.contains(type ?? "d") ? 3 : 4
    var result = ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index) % size == 0 { result.unicodeScalars.append(grouping) }
      result.append(digit)
    }
    return result
  }

  private func padded(
    _ sign: String, _ body: Text, otherwise: Unicode.Scalar, _ budget: Budget
  ) throws(TemplateError) -> Text {
    let sign = Array(sign.unicodeScalars)
    try budget.checkLength(max(width, sign.count + body.count))
    let missing = max(0, width - sign.count - body.count)
    func filled(_ count: Int) -> [Unicode.Scalar] { Array(repeating: fill, count: count) }
    switch alignment ?? otherwise {
    case "<": return Text(sign + body.scalars + filled(missing))
    case "^": return Text(filled(missing / 2) + sign + body.scalars + filled(missing - missing / 2))
    case "=": return Text(sign + filled(missing) + body.scalars)
    default: return Text(filled(missing) + sign + body.scalars)
    }
  }

  /// C's `printf` of one double: correctly rounded, as Python's.
  static func printed(_ format: String, _ value: Double) -> String {
    if value.isNaN { return "nan" }
    if value.isInfinite { return "inf" }
    var buffer = [CChar](repeating: 0, count: 1_400)
    let written = unsafe withVaList([value]) { arguments in
      unsafe vsnprintf(&buffer, buffer.count, format, arguments)
    }
    return String(
      decoding: buffer.prefix(max(0, min(Int(written), buffer.count - 1))).map {
        UInt8(bitPattern: $0)
      },
      as: UTF8.self)
  }
}
