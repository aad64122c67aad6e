/// A table of a page: its first column names the row, and stays in sight as the header does.
package struct PageTable: Sendable {
  /// A column.
  package struct Column: Sendable {
    let title: String
    let isNumber: Bool

    /// A column whose cells stand to the left.
    package static func text(_ title: String) -> Column { Column(title: title, isNumber: false) }
    /// A column whose cells stand to the right.
    package static func number(_ title: String) -> Column { Column(title: title, isNumber: true) }
  }

  /// What stands in a cell.
  package enum Cell: Sendable {
    case text(String)
    /// A number as it is shown, with the value to sort by.
    case number(String, Double)
    /// Markup, with the value to sort by.
    case markup(String, Double)
    /// A text that unfolds: its beginning, and markup for the whole.
    case folded(String, String)
  }

  private let name: String
  private let columns: [Column]
  private let isNameCode: Bool
  private var isSortable = false
  private var noun: String?
  private var rows: [String] = []

  /// A table without rows.
  ///
  /// Its name says what it is to who cannot see where it stands. With `codes`, rows are named by what is
  /// typed: tensors, keys.
  package init(_ name: String, _ columns: [Column], codes: Bool = false) {
    self.name = name
    self.columns = columns
    isNameCode = codes
  }

  /// A table of texts, whose columns from `numbers` on stand to the right.
  package init(_ name: String, _ header: [String], _ rows: [[String]], numbers: Int = .max) {
    self.init(name, header.enumerated().map { $0 < numbers ? .text($1) : .number($1) })
    for row in rows { add(row.map { .text($0) }) }
  }

  /// Lets readers sort by columns, and search rows, which are called `noun`.
  package mutating func letSearch(_ noun: String) {
    isSortable = true
    self.noun = noun
  }

  /// Adds a row; `id` is what links lead to.
  package mutating func add(_ cells: [Cell], id: String? = nil) {
    var markup = "<tr" + (id.map { Markup.attribute("id", $0) } ?? "") + ">"
    for (index, cell) in cells.enumerated() {
      let column = columns.indices.contains(index) ? columns[index] : .text("")
      markup += Self.markup(cell, column, isFirst: index == 0, isCode: isNameCode)
    }
    rows.append(markup + "</tr>\n")
  }

  private static func markup(
    _ cell: Cell, _ column: Column, isFirst: Bool, isCode: Bool
  ) -> String {
    let (shown, value): (String, Double?) =
      switch cell {
      case .text(let text): (Markup.escape(text), nil)
      case .number(let text, let value): (Markup.escape(text), value)
      case .markup(let markup, let value): (markup, value)
      case .folded(let start, let whole):
        ("<details><summary>\(Markup.escape(start))</summary>\(whole)</details>", nil)
      }
    var attributes = isFirst ? " scope=\"row\"" : ""
    if column.isNumber { attributes += " class=\"n\"" }
    if isFirst, isCode { attributes += " class=\"code\"" }
    if let value, value.isFinite { attributes += " data-v=\"\(value)\"" }
    let tag = isFirst ? "th" : "td"
    // Names of many parts break between these.
    let text = isFirst && isCode ? shown.replacing(".", with: ".<wbr>") : shown
    return "<\(tag)\(attributes)>\(text)</\(tag)>"
  }

  /// The table, which scrolls within itself where it is too wide or too long.
  package var markup: String {
    let header = columns.map { column in
      "<th scope=\"col\"\(column.isNumber ? " class=\"n\"" : "")>\(Markup.escape(column.title))</th>"
    }
    let search = noun.map { Markup.attribute("data-search", $0) } ?? ""
    let sort = isSortable ? " data-sort" : ""
    return """
      <div class="scroll" role="region" tabindex="0"\(Markup.attribute("aria-label", name))\(search)>
      <table\(sort)><caption>\(Markup.escape(name))</caption><thead><tr>\(header.joined())</tr></thead>
      <tbody>
      \(rows.joined())</tbody></table></div>

      """
  }
}
