import Glibc
import Synchronization
import Weighbridge
import WeighbridgeByteIO
import WeighbridgeJSON
import WeighbridgeModelIR
import WeighbridgeReports

/// Standard output for results, standard error for everything said to a person.
enum Console {
  /// How much is said on standard error.
  enum Verbosity: Int, Comparable {
    case quiet, normal, verbose
    static func < (left: Verbosity, right: Verbosity) -> Bool { left.rawValue < right.rawValue }
  }

  /// Prints a result, followed by a line break where it has none.
  static func print(_ text: String) {
    let text = Terminal.output.isASCII ? text.inASCII : text
    write(text.hasSuffix("\n") || text.isEmpty ? text : text + "\n", to: STDOUT_FILENO)
  }

  /// Prints a document, which is UTF-8 in any locale (Specs/json.md, JS-4).
  static func print(json document: JSONValue) {
    write(document.text() + "\n", to: STDOUT_FILENO)
  }

  /// Prints a text and nothing else, not even a line break.
  static func print(exactly text: String) { write(text, to: STDOUT_FILENO) }

  /// Standard output for a result that is made a piece at a time.
  static var pieces: PiecedOutput { PiecedOutput { write($0, to: STDOUT_FILENO) } }

  /// Says what failed.
  static func error(_ message: String, hint: String?) {
    say("error:", .red, message, hint: hint)
  }

  /// Says what is odd but does not stop the work.
  private static func warn(_ message: String, hint: String? = nil) {
    say("warning:", .yellow, message, hint: hint)
  }

  /// Says what is worth knowing.
  static func remark(_ message: String, hint: String? = nil) {
    say("note:", .dim, message, hint: hint)
  }

  /// One line, and one for the hint: never broken, as they hold paths and commands to copy.
  private static func say(_ label: String, _ style: TextStyle, _ message: String, hint: String?) {
    let terminal = Terminal.error
    func shown(_ text: String) -> String {
      let text = shortened(text)
      return terminal.isASCII ? text.displayed().inASCII : text.displayed()
    }
    var text = "\(style.apply(label, on: terminal)) \(shown(message))\n"
    if let hint { text += "\(TextStyle.cyan.apply("hint:", on: terminal)) \(shown(hint))\n" }
    write(text, to: STDERR_FILENO)
  }

  /// A message without its middle where that is long: a name may be as long as its file.
  ///
  /// The code at the end stays.
  private static func shortened(_ text: String) -> String {
    guard text.utf8.count > 4_000 else { return text }
    return text.prefix(1_200) + " … " + text.suffix(600)
  }

  /// Says what is being done.
  static func note(_ message: String, _ verbosity: Verbosity, at level: Verbosity = .normal) {
    guard verbosity >= level else { return }
    // Names come from files: each line is shown as it is, and nothing in it steers the terminal.
    let terminal = Terminal.error
    var lines = message.split(separator: "\n", omittingEmptySubsequences: false)
      .map { String($0).displayed() }
    if terminal.isASCII { lines = lines.map(\.inASCII) }
    if let width = terminal.width {
      lines = lines.flatMap { $0.wrapped(columns: width, indentation: 2) }
    }
    write(lines.map { $0 + "\n" }.joined(), to: STDERR_FILENO)
  }

  /// Prints what a library noticed: the one place where diagnostics become text.
  static func report(_ diagnostics: [Weighbridge.Diagnostic], _ verbosity: Verbosity) {
    for diagnostic in diagnostics { report(diagnostic, verbosity) }
  }

  /// What a module underneath noticed.
  static func report(_ diagnostics: [WeighbridgeModelIR.Diagnostic], _ verbosity: Verbosity) {
    report(diagnostics.map { Weighbridge.Diagnostic($0) }, verbosity)
  }

  private static func report(_ diagnostic: Weighbridge.Diagnostic, _ verbosity: Verbosity) {
    let text = "\(diagnostic.place): \(diagnostic.message) [\(diagnostic.code)]"
    if verbosity > .quiet, diagnostic.severity != .note {
      warn(text, hint: diagnostic.hint)
    } else if verbosity > .quiet, diagnostic.place == "config.json" {
      // Other notes are for `inspect`; what became of a key, its author should know at once.
      remark(text)
    }
  }

  /// Ends the process, and removes what has not got its name.
  private static func leave(_ status: Int32) -> Never {
    TemporaryFiles.removeAll { _exit(status) }
  }

  /// Whether a result was printed.
  static var hasPrinted: Bool { printed.load(ordering: .relaxed) }
  private static let printed = Atomic(false)

  private static func write(_ text: String, to descriptor: Int32) {
    if descriptor == STDOUT_FILENO, !text.isEmpty { printed.store(true, ordering: .relaxed) }
    let bytes = Array(text.utf8)
    var done = 0
    while done < bytes.count {
      let count = unsafe bytes.withUnsafeBytes { buffer in
        unsafe Glibc.write(descriptor, buffer.baseAddress?.advanced(by: done), bytes.count - done)
      }
      if count < 0 {
        if errno == EINTR { continue }
        if descriptor == STDOUT_FILENO {
          // Whoever reads has seen enough, as in `… | head`.
          if errno == EPIPE { leave(128 + SIGPIPE) }
          let reason = unsafe String(cString: strerror(errno))
          error("cannot write to standard output: \(reason) [io]", hint: nil)
          leave(ExitStatus.inputOutput.rawValue)
        }
        return
      }
      done += count
    }
  }
}
