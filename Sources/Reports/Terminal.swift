#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// What a stream's other end can show.
package struct Terminal: Sendable {
  /// Whether a person looks at it.
  package let isInteractive: Bool
  /// Whether colour may be used: a terminal, not a dumb one, and no `NO_COLOR`.
  package let hasColour: Bool
  /// Columns; nil where there is no terminal, so that nothing is cut in a pipe.
  package let width: Int?

  /// A terminal with given abilities: for tests.
  package init(isInteractive: Bool, hasColour: Bool, width: Int?) {
    self.isInteractive = isInteractive
    self.hasColour = hasColour
    self.width = width
  }

  /// Asks the system about a file descriptor.
  package init(descriptor: Int32) {
    let interactive = isatty(descriptor) == 1
    isInteractive = interactive
    let isDumb = Self.environment("TERM") == "dumb"
    let refused = !(Self.environment("NO_COLOR") ?? "").isEmpty
    hasColour = interactive && !isDumb && !refused
    var size = winsize()
    if interactive, unsafe ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 {
      width = Int(size.ws_col)
    } else {
      width = interactive ? Self.environment("COLUMNS").flatMap { Int($0) } ?? 80 : nil
    }
  }

  private static func environment(_ name: String) -> String? {
    unsafe getenv(name).map { unsafe String(cString: $0) }
  }

  /// Standard output.
  package static let output = Terminal(descriptor: 1)
  /// Standard error.
  package static let error = Terminal(descriptor: 2)
}

/// How a piece of text stands out.
package enum TextStyle: String, Sendable {
  case plain = ""
  case bold = "1"
  case dim = "2"
  case red = "31"
  case green = "32"
  case yellow = "33"
  case cyan = "36"

  /// The text with this style, where the terminal has colour.
  package func apply(_ text: String, on terminal: Terminal) -> String {
    guard terminal.hasColour, self != .plain else { return text }
    return "\u{1B}[\(rawValue)m\(text)\u{1B}[0m"
  }
}

extension String {
  /// Columns on a terminal: wide East Asian characters and emoji take two, combining marks none.
  package var displayWidth: Int { unicodeScalars.reduce(0) { $0 + Self.width(of: $1) } }

  private static func width(of scalar: Unicode.Scalar) -> Int {
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
    guard let columns, result.displayWidth > columns else { return result }
    var cut = ""
    var used = 0
    for scalar in result.unicodeScalars {
      let width = Self.width(of: scalar)
      if used + width > columns - 1 { break }
      used += width
      cut.unicodeScalars.append(scalar)
    }
    return cut + "…"
  }
}
