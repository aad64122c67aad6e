/// Text as HTML shows it.
package enum Markup {
  /// A text with what HTML would interpret escaped, on one line.
  package static func escape(_ text: String) -> String { escape(scalars: text.displayed()) }

  /// A text of many lines, each as it is.
  package static func lines(_ text: String) -> String {
    // Line breaks of other systems are one character in Swift, and two scalars here.
    text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
      .map { escape(String($0)) }.joined(separator: "\n")
  }

  /// An attribute with a space before it.
  package static func attribute(_ name: String, _ value: String) -> String {
    " \(name)=\"\(escape(value))\""
  }

  private static func escape(scalars text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
