/// Rows of cells coloured by the bits that a number takes: roles of tensors by layers.
package struct HeatMap {
  /// A cell.
  package struct Cell {
    let label: String
    let bits: Double
    let tip: String

    /// A cell with what is written into it where it is wide enough, and what is said of it where a
    /// pointer rests on it.
    package init(_ label: String, bits: Double, tip: String) {
      (self.label, self.bits, self.tip) = (label, bits, tip)
    }
  }

  /// A row with a cell for each column; nil where there is nothing.
  package typealias Row = (name: String, cells: [Cell?])

  private let rows: [Row]
  /// What the columns are called.
  private let columns: [String]
  private let columnTitle: String

  /// A map whose rows have as many cells as there are columns.
  package init(_ rows: [Row], columns: [String], columnTitle: String) {
    (self.rows, self.columns, self.columnTitle) = (rows, columns, columnTitle)
  }

  /// The map with a legend.
  package func figure(_ name: String, caption: String? = nil, legend: String) -> String {
    guard !rows.isEmpty, !columns.isEmpty else { return "" }
    return Drawing.figure(name, caption: caption, legend: legend) { draw($0) }
  }

  func draw(_ size: Drawing.Size) -> Drawing {
    var drawing = Drawing(size, height: 0)
    let widest = rows.map { Drawing.width(of: $0.name) }.max() ?? 0
    // On a telephone names stand above their rows.
    let margin = size == .wide ? min(widest, 210) + 12 : 0
    let step = size == .wide ? 22.0 : 42
    let top = size == .wide ? 0.0 : 16
    let width = (drawing.width - margin) / Double(columns.count)
    // Few columns need not fill the picture.
    let cell = min(width, size == .wide ? 110 : 90)
    for (index, row) in rows.enumerated() {
      let y = Double(index) * step
      let name = Drawing.fitted(row.name, size == .wide ? 210 : drawing.width)
      if size == .wide {
        drawing.text(name, x: margin - 12, y: y + 15, .end, styles: "strong")
      } else {
        drawing.text(name, x: 0, y: y + 12, styles: "strong")
      }
      for (column, content) in row.cells.enumerated() {
        guard let content else { continue }
        let step = BitSteps.step(content.bits)
        let frame = Frame(
          x: margin + Double(column) * cell, y: y + top, width: cell, height: 18)
        drawing.rectangle(
          frame, styles: cell > 6 ? "tile q\(step)" : "q\(step)", tip: content.tip)
        guard Drawing.width(of: content.label) + 6 <= cell else { continue }
        drawing.text(
          content.label, x: frame.x + cell / 2, y: frame.y + 13, .middle, styles: "o\(step)")
      }
    }
    let bottom = Double(rows.count) * step
    drawColumns(in: &drawing, margin: margin, cell: cell, y: bottom + 14)
    drawing.height = bottom + 36
    return drawing
  }

  /// The columns' names below, as many as there is room for.
  private func drawColumns(
    in drawing: inout Drawing, margin: Double, cell: Double, y: Double
  ) {
    let widest = columns.map { Drawing.width(of: $0) }.max() ?? 0
    let least = Int(((widest + 10) / cell).rounded(.up))
    let every = [1, 2, 4, 5, 8, 10, 16, 20, 32, 50, 64, 100].first { $0 >= least } ?? least
    for (index, name) in columns.enumerated() where index % every == 0 {
      let half = Drawing.width(of: name) / 2
      let middle = margin + (Double(index) + 0.5) * cell
      let x = min(max(middle, margin + half), drawing.width - half)
      drawing.text(name, x: x, y: y, .middle)
    }
    drawing.text(columnTitle, x: margin, y: y + 18)
  }
}
