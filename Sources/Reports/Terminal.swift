internal import Synchronization

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// When output is coloured.
package enum ColourChoice: String, Sendable, CaseIterable {
  case auto, always, never
}

/// What a stream's other end can show.
package struct Terminal: Sendable {
  /// Whether a person looks at it.
  package let isInteractive: Bool
  /// Whether colour may be used.
  package let hasColour: Bool
  /// Columns; nil where there is no terminal, so that nothing is cut in a pipe.
  package let width: Int?
  /// Whether the locale asks for ASCII.
  package let isASCII: Bool
  /// Whether a line can be drawn over: a terminal, and not a dumb one.
  package let canRedraw: Bool

  /// A terminal with given abilities: for tests.
  package init(
    isInteractive: Bool, hasColour: Bool, width: Int?, isASCII: Bool = false,
    canRedraw: Bool? = nil
  ) {
    self.isInteractive = isInteractive
    self.hasColour = hasColour
    self.width = width
    self.isASCII = isASCII
    self.canRedraw = canRedraw ?? isInteractive
  }

  /// Asks the system about a file descriptor, as it is now: windows change their size.
  package init(descriptor: Int32) {
    let interactive = isatty(descriptor) == 1
    let isDumb = Self.environment("TERM") == "dumb"
    isInteractive = interactive
    canRedraw = interactive && !isDumb
    hasColour = Self.wantsColour(
      Self.colour.withLock { $0 }, isTerminal: interactive && !isDumb, Self.environment)
    isASCII = Self.isASCII(Self.environment)
    var size = winsize()
    if interactive, unsafe ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 {
      width = Int(size.ws_col)
    } else {
      width = interactive ? Self.environment("COLUMNS").flatMap { Int($0) } ?? 80 : nil
    }
  }

  /// Whether to use colour: what was asked for, then https://no-color.org, then the convention of
  /// CLICOLOR_FORCE and CLICOLOR (https://bixense.com/clicolors), then whether a person looks.
  static func wantsColour(
    _ choice: ColourChoice, isTerminal: Bool, _ environment: (String) -> String?
  ) -> Bool {
    switch choice {
    case .always: return true
    case .never: return false
    case .auto:
      if !(environment("NO_COLOR") ?? "").isEmpty { return false }
      if let forced = environment("CLICOLOR_FORCE"), !forced.isEmpty { return forced != "0" }
      return isTerminal && environment("CLICOLOR") != "0"
    }
  }

  /// Whether the locale names a character set other than UTF-8: C, POSIX, `de_DE.ISO-8859-1`.
  ///
  /// Where nothing is said, UTF-8 is likelier today.
  static func isASCII(_ environment: (String) -> String?) -> Bool {
    var locale: String?
    for name in ["LC_ALL", "LC_CTYPE", "LANG"] where (locale ?? "").isEmpty {
      locale = environment(name)
    }
    guard let locale, !locale.isEmpty else { return false }
    if locale == "C" || locale == "POSIX" { return true }
    guard let mark = locale.firstIndex(of: ".") else { return false }
    let set = locale[locale.index(after: mark)...].prefix { $0 != "@" }.lowercased()
    return set != "utf-8" && set != "utf8"
  }

  private static func environment(_ name: String) -> String? {
    unsafe getenv(name).map { unsafe String(cString: $0) }
  }

  private static let colour = Mutex(ColourChoice.auto)

  /// Sets when output is coloured, for all streams.
  package static func use(_ choice: ColourChoice) { colour.withLock { $0 = choice } }

  /// Standard output.
  package static var output: Terminal { Terminal(descriptor: 1) }
  /// Standard error.
  package static var error: Terminal { Terminal(descriptor: 2) }
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
