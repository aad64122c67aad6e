// Python's `str` and `repr`.

extension Value {
  /// What `str` gives and what is written out, cut where it is longer than any text may be.
  var printed: Text { printed(upTo: Self.longestText) }

  /// What `str` gives; what is no string is cut soon after `limit` code points.
  func printed(upTo limit: Int) -> Text {
    switch self {
    case .string(let text): Text(text.scalars)
    case .undefined: Text("")
    default: represented(upTo: limit)
    }
  }

  /// More than a rendering allows of a text, so that what is cut is an error where it is used.
  private static let longestText = TemplateLimits().outputLength + 1

  /// What `repr` gives, cut where it is longer than any text may be.
  var represented: Text { represented(upTo: Self.longestText) }

  /// What `repr` gives, cut soon after `limit` code points.
  func represented(upTo limit: Int) -> Text {
    var writer = RepresentationWriter(limit: limit)
    writer.append(self, depth: 0)
    return Text(writer.scalars)
  }
}

/// Builds a `repr` piece by piece, so that nested values are not copied at every level.
private struct RepresentationWriter {
  let limit: Int
  var scalars: [Unicode.Scalar] = []

  init(limit: Int) { self.limit = limit }

  mutating func append(_ string: String) { scalars.append(contentsOf: string.unicodeScalars) }

  mutating func append(_ value: Value, depth: Int) {
    guard scalars.count <= limit else { return }
    guard depth < 500 else { return append("...") }
    switch value {
    case .undefined: append("Undefined")
    case .none: append("None")
    case .bool(let value): append(value ? "True" : "False")
    case .integer(let value): append("\(value)")
    case .float(let value): append(PythonNumber.text(value))
    case .string(let text):
      if text.isMarkup { append("Markup(") }
      scalars.append(contentsOf: text.pythonQuoted.scalars)
      if text.isMarkup { append(")") }
    case .list(let values): append(values, between: "[", "]", depth)
    case .tuple(let values):
      append(values, between: "(", values.count == 1 ? ",)" : ")", depth)
    case .dictionary(let dictionary): append(dictionary, depth)
    case .range(let range):
      append("range(\(range.start), \(range.end)\(range.step == 1 ? "" : ", \(range.step)"))")
    case .view(let name, let values):
      append(name + "(")
      append(values, between: "[", "]", depth)
      append(")")
    case .iterator(let iterator): append("<\(iterator.name) object>")
    case .namespace(let namespace):
      append("<Namespace ")
      append(namespace.attributes, depth)
      append(">")
    case .macro(let macro):
      append("<Macro \(macro.definition.name.map { Text($0).pythonQuoted.string } ?? "anonymous")>")
    case .function(let function): append("<function \(function.name)>")
    case .loop(let loop): append("<LoopContext \(loop.index + 1)/\(loop.values.count)>")
    }
  }

  private mutating func append(
    _ values: [Value], between open: String, _ close: String, _ depth: Int
  ) {
    append(open)
    for (index, value) in values.enumerated() where scalars.count <= limit {
      if index > 0 { append(", ") }
      append(value, depth: depth + 1)
    }
    append(close)
  }

  private mutating func append(_ dictionary: Dictionary, _ depth: Int) {
    append("{")
    for (index, (key, value)) in zip(dictionary.keys, dictionary.values).enumerated()
    where scalars.count <= limit {
      if index > 0 { append(", ") }
      append(key, depth: depth + 1)
      append(": ")
      append(value, depth: depth + 1)
    }
    append("}")
  }
}

extension Text {
  /// Python's `repr` of a string.
  var pythonQuoted: Text {
    let quote: Unicode.Scalar = scalars.contains("'") && !scalars.contains("\"") ? "\"" : "'"
    var result: [Unicode.Scalar] = [quote]
    for scalar in scalars {
      switch scalar {
      case "\\": result.append(contentsOf: "\\\\".unicodeScalars)
      case "\n": result.append(contentsOf: "\\n".unicodeScalars)
      case "\r": result.append(contentsOf: "\\r".unicodeScalars)
      case "\t": result.append(contentsOf: "\\t".unicodeScalars)
      case quote: result.append(contentsOf: ["\\", quote])
      default:
        if scalar.isPythonPrintable {
          result.append(scalar)
        } else {
          result.append(contentsOf: scalar.hexEscape.unicodeScalars)
        }
      }
    }
    return Text(result + [quote])
  }
}

extension Unicode.Scalar {
  /// `\x1b`, `\u200b` or `\U000e0001`.
  fileprivate var hexEscape: String {
    let digits = String(value, radix: 16)
    let (mark, width) = value < 0x100 ? ("x", 2) : value < 0x10000 ? ("u", 4) : ("U", 8)
    return "\\" + mark + String(repeating: "0", count: max(0, width - digits.count)) + digits
  }
}

/// Numbers as Python writes them.
enum PythonNumber {
  /// The shortest text that reads back as the same double; an exponent below 1e-4 and from 1e16.
  static func text(_ value: Double) -> String {
    if value.isNaN { return "nan" }
    if value.isInfinite { return value < 0 ? "-inf" : "inf" }
    var text = value.magnitude.description
    var exponent = 0
    if let mark = text.firstIndex(of: "e") {
      exponent = Int(text[text.index(after: mark)...]) ?? 0
      text = String(text[..<mark])
    }
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    var digits = String(parts[0]) + (parts.count > 1 && parts[1] != "0" ? String(parts[1]) : "")
    var point = parts[0].count + exponent
    while digits.hasPrefix("0"), digits.count > 1 {
      digits.removeFirst()
      point -= 1
    }
    while digits.hasSuffix("0"), digits.count > 1 { digits.removeLast() }
    let sign = value.sign == .minus ? "-" : ""
    return sign + (digits == "0" ? "0.0" : place(digits, point))
  }

  /// Digits with their decimal point behind the first `point` of them.
  private static func place(_ digits: String, _ point: Int) -> String {
    if point > 16 || point <= -4 {
      let exponent = point - 1
      let fraction = digits.count > 1 ? "." + digits.dropFirst() : ""
      let number = String(abs(exponent))
      return "\(digits.prefix(1))\(fraction)e\(exponent < 0 ? "-" : "+")"
        + (number.count < 2 ? "0" : "") + number
    }
    if point <= 0 { return "0." + String(repeating: "0", count: -point) + digits }
    if digits.count <= point {
      return digits + String(repeating: "0", count: point - digits.count) + ".0"
    }
    return digits.prefix(point) + "." + digits.dropFirst(point)
  }
}
