/// Labels with their values, one a line; a value that is longer than the terminal goes on below itself.
package struct Facts: Sendable {
  private let rows: [(label: String, value: String)]

  /// Facts in the order in which they are shown.
  package init(_ rows: [(String, String)]) { self.rows = rows.map { (label: $0.0, value: $0.1) } }

  /// The lines, each with its line break.
  package func text(for terminal: Terminal, indentation: Int = 2) -> String {
    let width = rows.map { $0.label.displayWidth }.max() ?? 0
    let margin = String(repeating: " ", count: indentation)
    let start = indentation + width + 2
    var text = ""
    for (label, value) in rows {
      let padding = String(repeating: " ", count: width - label.displayWidth)
      text += margin + TextStyle.dim.apply(label + padding, on: terminal) + "  "
      let shown = terminal.isASCII ? value.displayed().inASCII : value.displayed()
      guard let columns = terminal.width else {
        text += shown + "\n"
        continue
      }
      let room = max(16, columns - start)
      let lines = shown.wrapped(columns: room).map { $0.cut(to: room, at: .end) }
      text += lines.joined(separator: "\n" + String(repeating: " ", count: start)) + "\n"
    }
    return text
  }
}
