/// Which columns of a table are shown, in which form and how wide, so that it fits a terminal.
struct TableFit {
  /// The columns that are shown.
  private(set) var shown: [Int]
  /// The width of every column.
  private(set) var widths: [Int]
  /// Every column's heading.
  var titles: [String] {
    columns.indices.map { column in
      let titles = columns[column].titles
      return titles.isEmpty ? "" : prepared(titles[min(forms[column], titles.count - 1)])
    }
  }

  private let columns: [Table.Column]
  private let isASCII: Bool
  /// The form that every column's cells take.
  private var forms: [Int]
  /// The natural width of every column in every form.
  private let natural: [[Int]]

  /// Names stay at least so wide while there are columns that can go.
  private static let comfortable = 24
  /// And so wide in the end.
  private static let least = 8

  /// Fits rows, which are asked for once; where there is no width, everything is shown whole.
  init(
    _ columns: [Table.Column], _ rows: some Sequence<[Table.Cell]>, _ terminal: Terminal,
    indentation: Int
  ) {
    self.columns = columns
    isASCII = terminal.isASCII
    shown = Array(columns.indices)
    forms = Array(repeating: 0, count: columns.count)
    natural = Self.naturalWidths(columns, rows, isASCII: terminal.isASCII)
    widths = natural.map { $0[0] }
    guard let width = terminal.width else { return }
    let available = max(1, width - indentation)
    // The least useful column is the first to go.
    let leaving = columns.indices.filter { columns[$0].rank > 0 }
      .sorted { columns[$0].rank > columns[$1].rank }
    for count in 0...leaving.count {
      let gone = Set(leaving.prefix(count))
      shown = columns.indices.filter { !gone.contains($0) }
      shorten(to: available, order: leaving)
      elide(to: available, least: Self.comfortable)
      if total <= available { return }
    }
    elide(to: available, least: Self.least)
    elide(to: available, least: 3)
  }

  /// The cells of a row in the forms of their columns.
  func cells(_ row: [Table.Cell]) -> [String] {
    row.enumerated().map { prepared($1.form(forms[$0])) }
  }

  private func prepared(_ text: String) -> String {
    isASCII ? text.displayed().inASCII : text.displayed()
  }

  private static func naturalWidths(
    _ columns: [Table.Column], _ rows: some Sequence<[Table.Cell]>, isASCII: Bool
  ) -> [[Int]] {
    var widths = columns.map { column in
      column.titles.indices.map { Table.Cell.width(column.titles, $0, isASCII) }
    }
    for index in widths.indices where widths[index].isEmpty { widths[index] = [0] }
    for row in rows {
      for (index, cell) in row.enumerated() where index < widths.count {
        // A cell with fewer forms than its column shows its last in all shorter ones.
        while widths[index].count < cell.forms.count {
          widths[index].append(widths[index][widths[index].count - 1])
        }
        for form in widths[index].indices {
          widths[index][form] = max(
            widths[index][form], Table.Cell.width(cell.forms, form, isASCII))
        }
      }
    }
    return widths
  }

  private var total: Int {
    shown.reduce(0) { $0 + widths[$1] } + 2 * max(0, shown.count - 1)
  }

  /// Lets cells take shorter forms, those of the least useful columns first.
  private mutating func shorten(to available: Int, order: [Int]) {
    forms = Array(repeating: 0, count: forms.count)
    widths = natural.map { $0[0] }
    let order = order + columns.indices.filter { columns[$0].rank == 0 }
    for form in 1..<max(2, natural.map(\.count).max() ?? 1) {
      for column in order where shown.contains(column) && natural[column].count > form {
        if total <= available { return }
        forms[column] = form
        widths[column] = natural[column][form]
      }
    }
  }

  /// Narrows the widest of the columns that may be cut.
  private mutating func elide(to available: Int, least: Int) {
    while total > available {
      let candidates = shown.filter { columns[$0].cut != nil && widths[$0] > least }
      guard let widest = candidates.max(by: { widths[$0] < widths[$1] }) else { return }
      widths[widest] -= 1
    }
  }
}

extension Table.Cell {
  fileprivate static func width(_ forms: [String], _ form: Int, _ isASCII: Bool) -> Int {
    guard !forms.isEmpty else { return 0 }
    let text = forms[min(form, forms.count - 1)].displayed()
    return (isASCII ? text.inASCII : text).displayWidth
  }
}
