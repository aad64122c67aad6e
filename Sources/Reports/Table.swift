/// Rows and columns that fit a terminal.
///
/// Columns are as wide as their widest cell. Where the sum is wider than the terminal, flexible
/// columns are cut with an ellipsis; in a pipe nothing is cut.
package struct Table: Sendable {
  /// How a column is set.
  package struct Column: Sendable {
    /// Its heading.
    package let title: String
    /// Whether its cells stand to the right: numbers.
    package let isNumeric: Bool
    /// Whether it may be cut to fit the terminal: names, long values.
    package let isFlexible: Bool

    /// A column of text.
    package static func text(_ title: String, flexible: Bool = false) -> Column {
      Column(title: title, isNumeric: false, isFlexible: flexible)
    }
    /// A column of numbers.
    package static func number(_ title: String) -> Column {
      Column(title: title, isNumeric: true, isFlexible: false)
    }
  }

  private let columns: [Column]
  private var rows: [[String]] = []
  private var emphasized: Set<Int> = []

  /// An empty table.
  package init(_ columns: [Column]) { self.columns = columns }

  /// Adds a row; missing cells are empty.
  package mutating func add(_ cells: [String], emphasized isEmphasized: Bool = false) {
    if isEmphasized { emphasized.insert(rows.count) }
    let missing = max(0, columns.count - cells.count)
    rows.append(cells.prefix(columns.count) + Array(repeating: "", count: missing))
  }

  /// The number of rows.
  package var rowCount: Int { rows.count }

  /// The table as lines of text, each with its line break.
  package func text(for terminal: Terminal, indentation: Int = 0) -> String {
    var output = ""
    Self.write(columns, rows, emphasized, for: terminal, indentation: indentation) { output += $0 }
    return output
  }

  /// Writes a table whose rows are made when they are asked for, each of them twice: first for the
  /// columns' widths.
  ///
  /// For tables that are as long as a file says.
  package static func write(
    _ columns: [Column], rows: some Sequence<[String]>, for terminal: Terminal,
    to body: (String) -> Void
  ) {
    write(columns, rows, [], for: terminal, indentation: 0, to: body)
  }

  private static func write(
    _ columns: [Column], _ rows: some Sequence<[String]>, _ emphasized: Set<Int>,
    for terminal: Terminal, indentation: Int, to body: (String) -> Void
  ) {
    let widths = widths(columns, rows, for: terminal, indentation: indentation)
    let margin = String(repeating: " ", count: indentation)
    func write(_ cells: [String], _ style: TextStyle) {
      var line = ""
      for (index, cell) in cells.enumerated() {
        let shown = cell.displayed(columns: widths[index])
        let padding = String(repeating: " ", count: max(0, widths[index] - shown.displayWidth))
        if index > 0 { line += "  " }
        line += columns[index].isNumeric ? padding + shown : shown + padding
      }
      while line.hasSuffix(" ") { line.removeLast() }
      body(margin + style.apply(line, on: terminal) + "\n")
    }
    if columns.contains(where: { !$0.title.isEmpty }) { write(columns.map(\.title), .dim) }
    for (index, row) in rows.enumerated() {
      write(row, emphasized.contains(index) ? .bold : .plain)
    }
  }

  private static func widths(
    _ columns: [Column], _ rows: some Sequence<[String]>, for terminal: Terminal, indentation: Int
  ) -> [Int] {
    var widths = columns.map(\.title.displayWidth)
    for row in rows {
      for (index, cell) in row.enumerated() {
        widths[index] = max(widths[index], cell.displayWidth)
      }
    }
    guard let available = terminal.width else { return widths }
    var excess = widths.reduce(0, +) + 2 * (columns.count - 1) + indentation - available
    while excess > 0 {
      let candidates = columns.indices.filter { columns[$0].isFlexible && widths[$0] > 8 }
      guard let widest = candidates.max(by: { widths[$0] < widths[$1] }) else { break }
      widths[widest] -= 1
      excess -= 1
    }
    return widths
  }
}
