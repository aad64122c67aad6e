internal import WeighbridgeByteIO

extension JSONValue {
  /// The document as text: keys in order, two spaces of indentation unless `compact`.
  ///
  /// Strings are written as UTF-8 with invalid bytes replaced; a double that JSON cannot hold (NaN,
  /// infinity) becomes `null`.
  package func text(compact: Bool = false) -> String {
    var output = ""
    write(to: &output, indentation: compact ? nil : 0)
    return output
  }

  func write(to output: inout String, indentation: Int?) {
    switch self {
    case .null: output += "null"
    case .bool(let value): output += value ? "true" : "false"
    case .integer(let value): output += String(value)
    case .unsigned(let value): output += String(value)
    case .double(let value): output += value.isFinite ? "\(value)" : "null"
    case .string(let value): Self.quote(value.text, to: &output)
    case .array(let elements):
      let inner = elements.allSatisfy(\.isScalar) ? nil : indentation
      Self.list(elements, "[", "]", to: &output, indentation: inner) {
        $0.write(to: &$1, indentation: $2)
      }
    case .object(let object):
      Self.list(object.members, "{", "}", to: &output, indentation: indentation) {
        Self.quote($0.key.text, to: &$1)
        $1 += indentation == nil ? ":" : ": "
        $0.value.write(to: &$1, indentation: $2)
      }
    }
  }

  private var isScalar: Bool {
    switch self {
    case .null, .bool, .integer, .unsigned, .double, .string: true
    case .array, .object: false
    }
  }

  private static func list<Element>(
    _ elements: [Element], _ open: String, _ close: String, to output: inout String,
    indentation: Int?, _ write: (Element, inout String, Int?) -> Void
  ) {
    output += open
    let inner = indentation.map { $0 + 2 }
    for (index, element) in elements.enumerated() {
      if index > 0 { output += indentation == nil ? ", " : "," }
      if let inner { output += "\n" + String(repeating: " ", count: inner) }
      write(element, &output, inner)
    }
    if let indentation, !elements.isEmpty {
      output += "\n" + String(repeating: " ", count: indentation)
    }
    output += close
  }

  private static func quote(_ text: String, to output: inout String) {
    output += "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": output += "\\\""
      case "\\": output += "\\\\"
      case "\n": output += "\\n"
      case "\r": output += "\\r"
      case "\t": output += "\\t"
      // Those up to U+009F steer terminals like those below U+0020.
      case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{2028}", "\u{2029}":
        let digits = String(scalar.value, radix: 16)
        output += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: output.unicodeScalars.append(scalar)
      }
    }
    output += "\""
  }
}
