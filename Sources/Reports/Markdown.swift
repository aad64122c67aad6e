/// Markdown in which names that come from files say nothing but themselves.
///
/// A name can hold anything: a line break would end the row of a table, `|` its cell, `<` would begin
/// HTML, and a link could lead anywhere. GitHub Flavored Markdown, section 6, has what counts.
package enum Markdown {
  /// A text within a line.
  package static func inline(_ text: String) -> String {
    let scalars = Array(text.displayed().unicodeScalars)
    var result = String.UnicodeScalarView()
    for (index, scalar) in scalars.enumerated() {
      switch scalar {
      case "&": result += "&amp;".unicodeScalars
      case "<": result += "&lt;".unicodeScalars
      case ">": result += "&gt;".unicodeScalars
      case "\\", "`", "*", "[", "]", "|", "~", "$":
        result += "\\".unicodeScalars
        result.append(scalar)
      case "_" where !isInWord(index, scalars):
        result += "\\_".unicodeScalars
      // What would become a link by itself.
      case ":" where scalars[(index + 1)...].starts(with: "//".unicodeScalars):
        result += "&#58;".unicodeScalars
      case "@": result += "&#64;".unicodeScalars
      case "."
      where index >= 3 && scalars[(index - 3)..<index].allSatisfy { $0 == "w" || $0 == "W" }:
        result += "&#46;".unicodeScalars
      default: result.append(scalar)
      }
    }
    return String(result)
  }

  /// Between letters or digits an underscore is one; elsewhere it can begin emphasis.
  private static func isInWord(_ index: Int, _ scalars: [Unicode.Scalar]) -> Bool {
    func isWord(_ place: Int) -> Bool {
      scalars.indices.contains(place)
        && (scalars[place].properties.isAlphabetic || scalars[place].properties.numericType != nil
          || scalars[place] == "_")
    }
    return isWord(index - 1) && isWord(index + 1)
  }

  /// A paragraph of one line: what would begin a heading, a list or a quotation does not.
  package static func paragraph(_ text: String) -> String {
    let line = inline(text)
    guard let first = line.unicodeScalars.first else { return "\n\n" }
    let digits = line.prefix { $0.isASCII && $0.isNumber }
    if !digits.isEmpty, let next = line.dropFirst(digits.count).first, ".)".contains(next) {
      return digits + "\\" + line.dropFirst(digits.count) + "\n\n"
    }
    return ("#-+=".unicodeScalars.contains(first) ? "\\" : "") + line + "\n\n"
  }

  /// A heading of the first level.
  package static func heading(_ text: String) -> String { "# " + inline(text) + "\n\n" }

  /// Labels with their values, as a list.
  package static func facts(_ facts: [(String, String)]) -> String {
    facts.map { "- \(inline($0.0)): \(inline($0.1))\n" }.joined() + "\n"
  }

  /// A table; the columns from `numbers` on stand to the right.
  package static func table(_ header: [String], _ rows: [[String]], numbers: Int) -> String {
    func line(_ cells: [String]) -> String {
      "| " + cells.map { inline($0) }.joined(separator: " | ") + " |\n"
    }
    let rule = header.indices.map { $0 < numbers ? ":--" : "--:" }
    return line(header) + "|" + rule.joined(separator: "|") + "|\n" + rows.map(line).joined()
  }
}
