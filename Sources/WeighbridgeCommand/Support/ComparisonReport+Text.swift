import Weighbridge
import WeighbridgeByteIO
import WeighbridgeJSON
import WeighbridgeReports

/// What a terminal shows of a comparison.
extension ComparisonReport {
  /// The table of models, what follows from it, and with `details` that of all statistics.
  func text(_ terminal: Terminal, details withDetails: Bool, layers: Bool) -> String {
    let heading = title.displayed().wrapped(for: terminal)
    var text =
      TextStyle.dim.apply(heading, on: terminal) + "\n\n" + models(terminal)
      + sources(terminal)
    let lines = verdicts + comparisons(all: layers)
    for line in lines { text += "\n" + line.displayed().wrapped(for: terminal) }
    if !lines.isEmpty { text += "\n" }
    guard withDetails else { return text }
    let (header, rows) = details(layers: layers)
    var second = Table(
      header.enumerated().map { index, title in
        index == 0
          ? .text(title, flexible: true)
          : .number(title, title.cut(to: 20, at: .middle), title.cut(to: 10, at: .middle))
      })
    for row in rows {
      // Where there is no room for it, the error goes first.
      second.add(
        cells: row.map { cell in
          let bare = cell.split(separator: " ± ").first.map(String.init) ?? cell
          return Table.Cell(cell, bare, bare)
        })
    }
    text += "\n" + second.text(for: terminal)
    guard layers else { return text }
    return text + differences.map { breakdown(of: $0, terminal).wrapped(for: terminal) }.joined()
  }

  /// One row a model, the reference first; narrow terminals get fewer digits, then fewer columns.
  private func models(_ terminal: Terminal) -> String {
    var table = Table([
      .name("MODEL"), .text("TYPE", rank: 2), .number("SIZE", rank: 3),
      .number("BITS/WEIGHT", "BPW", rank: 5), .number("PERPLEXITY", "PPL", rank: 1),
      .number("PPL +%", rank: 4), .number("MEAN KLD", "KLD"), .number("SAME TOP"),
    ])
    func start(_ summary: MeasuredModel) -> [Table.Cell] {
      let isKnown = summary.bytes > 0
      return [
        Table.Cell(ModelInput.shortName(summary.location)), Table.Cell(summary.type),
        Table.Cell(isKnown ? NumberFormat.bytes(summary.bytes) : ""),
        Table.Cell(isKnown ? NumberFormat.fixed(summary.bitsPerWeight, 2) : ""),
      ]
    }
    if let base = differences.first?.referencePerplexity {
      table.add(
        cells: start(reference) + [
          Self.cell(base.value, base.error, [3, 2]), "", Table.Cell("reference", "ref."), "",
        ])
    }
    for result in differences {
      let increase = (result.perplexityRatio.value - 1) * 100
      let (perplexity, divergence, same) = (result.perplexity, result.divergence, result.sameTop)
      table.add(
        cells: start(result.model) + [
          Self.cell(perplexity.value, perplexity.error, [3, 2]),
          Table.Cell((increase < 0 ? "" : "+") + NumberFormat.fixed(increase, 2)),
          Self.cell(max(0, divergence.value), divergence.error, [6, 5]),
          Self.cell(same.value * 100, same.error * 100, [3, 1], unit: " %"),
        ])
    }
    return table.text(for: terminal)
  }

  /// A value with its error, with fewer digits, and without the error.
  private static func cell(
    _ value: Double, _ error: Double, _ decimals: [Int], unit: String = ""
  ) -> Table.Cell {
    let forms = decimals.map { plusMinus(value, error, $0) + unit }
    let bare = NumberFormat.fixed(value, decimals.last ?? 3) + unit
    return Table.Cell(forms: forms + [bare])
  }
}
