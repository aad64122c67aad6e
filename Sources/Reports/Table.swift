/// Rows and columns that fit a terminal.
///
/// Columns are as wide as their widest cell. Where the sum is wider than the terminal, cells take shorter
/// forms, names are cut in the middle, and the least useful columns go; in a pipe nothing is cut.
package struct Table: Sendable {
  /// How a column is set.
  package struct Column: Sendable {
    /// Its heading, in its forms from the longest to the shortest.
    let titles: [String]
    /// Whether its cells stand to the right: numbers.
    let isNumeric: Bool
    /// How its cells may be cut to fit the terminal; nil where they may not.
    let cut: String.Cut?
    /// The order in which columns go where the terminal is narrow, the highest first; 0 stays.
    let rank: Int

    /// Its heading.
    package var title: String { titles.first ?? "" }

    /// A column of text; a flexible one may be cut behind.
    package static func text(_ title: String, flexible: Bool = false, rank: Int = 0) -> Column {
      Column(titles: [title], isNumeric: false, cut: flexible ? .end : nil, rank: rank)
    }
    /// A column of names, which are cut in the middle.
    package static func name(_ title: String, rank: Int = 0) -> Column {
      Column(titles: [title], isNumeric: false, cut: .middle, rank: rank)
    }
    /// A column of numbers.
    package static func number(_ titles: String..., rank: Int = 0) -> Column {
      Column(titles: titles, isNumeric: true, cut: nil, rank: rank)
    }
  }

  /// What stands in a column of a row, in its forms from the longest to the shortest.
  package struct Cell: Sendable, ExpressibleByStringLiteral {
    let forms: [String]

    /// A cell that can be shortened.
    package init(_ forms: String...) { self.forms = forms }
    /// A cell that can be shortened, with its forms as a list.
    package init(forms: [String]) { self.forms = forms }
    /// A cell with one form.
    package init(stringLiteral text: String) { forms = [text] }

    func form(_ index: Int) -> String { forms.isEmpty ? "" : forms[min(index, forms.count - 1)] }
  }

  private let columns: [Column]
  private var rows: [[Cell]] = []
  private var emphasized: Set<Int> = []

  /// An empty table.
  package init(_ columns: [Column]) { self.columns = columns }

  /// Adds a row; missing cells are empty.
  package mutating func add(_ cells: [String], emphasized isEmphasized: Bool = false) {
    add(cells: cells.map { Cell($0) }, emphasized: isEmphasized)
  }

  /// Adds a row of cells that can be shortened.
  package mutating func add(cells: [Cell], emphasized isEmphasized: Bool = false) {
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
    let cells = rows.lazy.map { $0.map { Cell($0) } }
    write(columns, cells, [], for: terminal, indentation: 0, to: body)
  }

  private static func write(
    _ columns: [Column], _ rows: some Sequence<[Cell]>, _ emphasized: Set<Int>,
    for terminal: Terminal, indentation: Int, to body: (String) -> Void
  ) {
    let fit = TableFit(columns, rows, terminal, indentation: indentation)
    let margin = String(repeating: " ", count: indentation)
    func write(_ cells: [String], _ style: TextStyle) {
      var line = ""
      for index in fit.shown {
        let width = fit.widths[index]
        let shown = cells[index].cut(to: width, at: columns[index].cut ?? .end)
        let padding = String(repeating: " ", count: max(0, width - shown.displayWidth))
        if index != fit.shown.first { line += "  " }
        line += columns[index].isNumeric ? padding + shown : shown + padding
      }
      while line.hasSuffix(" ") { line.removeLast() }
      body(margin + style.apply(line, on: terminal) + "\n")
    }
    if columns.contains(where: { !$0.title.isEmpty }) { write(fit.titles, .dim) }
    for (index, row) in rows.enumerated() {
      write(fit.cells(row), emphasized.contains(index) ? .bold : .plain)
    }
  }
}
