extension Character {
  /// Columns on a terminal.
  fileprivate var displayWidth: Int { String(self).displayWidth }
}

extension String {
  /// Columns on a terminal: wide East Asian characters and emoji take two, combining marks none.
  package var displayWidth: Int { unicodeScalars.reduce(0) { $0 + Self.width(of: $1) } }

  private static func width(of scalar: Unicode.Scalar) -> Int {
    if (0x20..<0x7F).contains(scalar.value) { return 1 }
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format, .control: return 0
    default: break
    }
    switch scalar.value {
    case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF,
      0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F900...0x1F9FF,
      0x20000...0x3FFFD:
      return 2
    default: return 1
    }
  }

  /// The text with control characters made visible and, where it is longer than `columns`, cut with
  /// an ellipsis.
  ///
  /// A file's strings never reach the terminal raw.
  package func displayed(columns: Int? = nil) -> String {
    var result = ""
    for scalar in unicodeScalars {
      switch scalar {
      case "\n": result += "⏎"
      case "\t": result += " "
      default:
        switch scalar.properties.generalCategory {
        case .control: result += "\u{FFFD}"
        case .format, .lineSeparator, .paragraphSeparator: result += "·"
        default: result.unicodeScalars.append(scalar)
        }
      }
    }
    return columns.map { result.cut(to: $0, at: .end) } ?? result
  }

  /// Where a text that is too long is cut.
  package enum Cut: Hashable, Sendable {
    /// Behind what fits.
    case end
    /// In the middle: names of files and tensors differ at their ends.
    case middle
  }

  /// The text, with an ellipsis for what `columns` have no room for.
  package func cut(to columns: Int, at place: Cut) -> String {
    guard displayWidth > columns else { return self }
    // An ellipsis in ASCII takes three columns.
    let mark = allSatisfy(\.isASCII) && contains("...") ? "..." : "…"
    let room = columns - mark.displayWidth
    guard room > 0 else { return String(mark.prefix(max(0, columns))) }
    let tail = place == .end ? 0 : (room + 1) / 2
    return prefix(columns: room - tail) + mark + suffix(columns: tail)
  }

  private func prefix(columns: Int) -> String {
    var (result, used) = ("", 0)
    for character in self {
      used += character.displayWidth
      if used > columns { break }
      result.append(character)
    }
    return result
  }

  private func suffix(columns: Int) -> String {
    var (result, used) = ([Character](), 0)
    for character in reversed() {
      used += character.displayWidth
      if used > columns { break }
      result.append(character)
    }
    return String(result.reversed())
  }

  /// The text in lines of at most `columns`, broken between words; all but the first are indented by so
  /// much more than the first is.
  ///
  /// A word that is longer than a line stands alone and runs over.
  package func wrapped(columns: Int, indentation: Int = 0) -> [String] {
    let start = String(prefix { $0 == " " })
    let margin = start + String(repeating: " ", count: indentation)
    var lines: [String] = []
    var (line, isEmpty) = (start, true)
    for word in dropFirst(start.count).split(separator: " ", omittingEmptySubsequences: false) {
      if !isEmpty, line.displayWidth + String(word).displayWidth + 1 > columns {
        lines.append(line)
        (line, isEmpty) = (margin, true)
      }
      line += (isEmpty ? "" : " ") + word
      isEmpty = false
    }
    return lines + [line]
  }

  /// The lines of a text, each broken to fit a terminal.
  package func wrapped(for terminal: Terminal) -> String {
    guard let width = terminal.width else { return self }
    return split(separator: "\n", omittingEmptySubsequences: false)
      .flatMap { String($0).wrapped(columns: width, indentation: 2) }.joined(separator: "\n")
  }

  /// The text in ASCII: the program's own signs become their nearest, all others are escaped.
  package var inASCII: String {
    guard !utf8.allSatisfy({ $0 < 0x80 }) else { return self }
    var result = ""
    for scalar in unicodeScalars {
      switch scalar {
      case _ where scalar.isASCII: result.unicodeScalars.append(scalar)
      case "±": result += "+-"
      case "━": result += "#"
      case "╌", "–", "—", "−", "‑": result += "-"
      case "→": result += "->"
      case "…": result += "..."
      case "×": result += "x"
      case "·": result += "."
      case "⏎": result += "\\n"
      case "Σ": result += "sum"
      case "σ": result += "sd"
      case "Δ": result += "d"
      case "≤": result += "<="
      case "≥": result += ">="
      case "≈": result += "~"
      case "²": result += "^2"
      case "\u{2018}", "\u{2019}": result += "'"
      case "\u{201C}", "\u{201D}": result += "\""
      case "\u{A0}", "\u{202F}": result += " "
      case "\u{FFFD}": result += "?"
      default: result += "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
      }
    }
    return result
  }
}
