#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// Numbers from values, as Python's `int`, `float` and `round` read them.
enum NumberReading {
  /// The integer that a value stands for; nil where it stands for none.
  static func integer(_ value: Value, base: Int = 10) throws(TemplateError) -> Int? {
    if case .undefined(let undefined) = value { throw undefined.error }
    if let integer = value.integer { return integer }
    if let text = value.text, let integer = integer(text, base: base) { return integer }
    guard let number = try float(value), number.isFinite, number.magnitude < 9.2e18 else {
      return nil
    }
    return Int(number)
  }

  private static func integer(_ text: Text, base: Int) -> Int? {
    var digits = text.stripped { $0.isPythonSpace }.string.lowercased()
    var sign = ""
    if digits.hasPrefix("-") || digits.hasPrefix("+") { sign = String(digits.removeFirst()) }
    var base = base
    for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)]
    where (base == 0 || base == radix) && digits.hasPrefix(prefix) {
      digits.removeFirst(2)
      base = radix
      break
    }
    if base == 0 { base = 10 }
    guard (2...36).contains(base), !digits.hasPrefix("_"), !digits.hasSuffix("_"),
      !digits.contains("__"), digits.first.map({ $0.isNumber || $0.isLetter }) ?? false
    else { return nil }
    return Int(sign + digits.filter { $0 != "_" }, radix: base)
  }

  /// The floating-point number that a value stands for; nil where it stands for none.
  static func float(_ value: Value) throws(TemplateError) -> Double? {
    if case .undefined(let undefined) = value { throw undefined.error }
    if let number = value.number { return number }
    guard let text = value.text else { return nil }
    let digits = text.stripped { $0.isPythonSpace }.string.lowercased()
    let plain = digits.drop { $0 == "-" || $0 == "+" }
    if ["inf", "infinity", "nan"].contains(String(plain)) { return Double(digits) }
    guard plain.first.map({ $0.isNumber || $0 == "." }) ?? false, !digits.hasPrefix("0x"),
      !plain.hasPrefix("0x")
    else { return nil }
    return Double(digits.filter { $0 != "_" })
  }

  static func round(_ value: Value, _ call: CallValues) throws(TemplateError) -> Value {
    let parameters = try Parameters("round", call, ["precision", "method"])
    let precision = try parameters.integer("precision") ?? 0
    let method = try parameters.text("method")?.string ?? "common"
    guard ["common", "ceil", "floor"].contains(method) else {
      throw TemplateError(.filterArgument, "method must be common, ceil or floor")
    }
    if case .undefined(let undefined) = value { throw undefined.error }
    guard let number = value.number else {
      throw TemplateError(
        .type, "type \(value.typeName) doesn't define __round__ method")
    }
    guard (-300...300).contains(precision) else {
      throw TemplateError(.value, "a precision from -300 to 300 is expected")
    }
    if method == "common" {
      if let integer = value.integer, precision >= 0 { return .integer(integer) }
      return .float(rounded(number, precision))
    }
    let scale = pow(10, Double(precision))
    let scaled = number * scale
    return .float((method == "ceil" ? scaled.rounded(.up) : scaled.rounded(.down)) / scale)
  }

  /// Rounds the exact value of the double to a decimal place, ties to even, as Python does.
  private static func rounded(_ number: Double, _ precision: Int) -> Double {
    guard number.isFinite else { return number }
    if precision >= 0 {
      return Double(FormatSpecification.printed("%.\(precision)f", number)) ?? number
    }
    let scale = pow(10, Double(-precision))
    return (number / scale).rounded(.toNearestOrEven) * scale
  }

  static func fileSize(_ value: Value, isBinary: Bool) throws(TemplateError) -> String {
    guard let bytes = try float(value) else {
      throw TemplateError(
        .value, "could not convert string to float: \(value.represented(upTo: 1_000).string)")
    }
    let base: Double = isBinary ? 1024 : 1000
    if bytes == 1 { return "1 Byte" }
    if bytes < base { return "\(Int(bytes)) Bytes" }
    let prefixes =
      isBinary
      ? ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei", "Zi", "Yi"]
      : ["k", "M", "G", "T", "P", "E", "Z", "Y"]
    var unit = base
    for (index, prefix) in prefixes.enumerated() {
      unit *= base
      if bytes < unit || index == prefixes.count - 1 {
        return FormatSpecification.printed("%.1f", base * bytes / unit) + " \(prefix)B"
      }
    }
    return "\(bytes) Bytes"
  }
}
