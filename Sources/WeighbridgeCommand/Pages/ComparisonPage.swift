import Weighbridge
import WeighbridgeByteIO
import WeighbridgeReports

/// The page of `compare --html`: the verdict, then what it rests on.
struct ComparisonPage {
  let report: ComparisonReport
  let gates: Gates
  let provenance: PageProvenance

  var differences: [ModelDifference] { report.differences }

  /// The document.
  var html: String {
    let reference = ModelInput.shortName(report.reference.location)
    let title =
      differences.count == 1
      ? "\(ModelInput.shortName(differences[0].model.location)) against \(reference)"
      : "\(NumberFormat.counted(differences.count, "model")) against \(reference)"
    var page = HTMLPage(title: title, kind: "Comparison", provenance: provenance.rows)
    addVerdict(to: &page)
    addModels(to: &page)
    addSizes(to: &page)
    addLayers(to: &page)
    addChanges(to: &page)
    addPlaces(to: &page)
    addStatistics(to: &page)
    return page.text
  }

  /// A model's name, which a chart and a table share.
  static func name(_ model: MeasuredModel) -> String {
    ModelInput.shortName(model.location)
  }

  // MARK: - First

  private func addVerdict(to page: inout HTMLPage) {
    func line(_ result: ModelDifference) -> String {
      let increase = (result.perplexityRatio.value - 1) * 100
      return "\(Self.name(result.model)): mean KL divergence "
        + "\(NumberFormat.significant(max(0, result.divergence.value), 3)), perplexity "
        + "\(increase < 0 ? "" : "+")\(NumberFormat.fixed(increase, 2)) %, the same top token for "
        + "\(NumberFormat.fixed(result.sameTop.value * 100, 1)) % of tokens."
    }
    let byDivergence = differences.sorted { $0.divergence.value < $1.divergence.value }
    if differences.count == 1 {
      page.verdict(line(differences[0]))
    } else if let best = byDivergence.first, let worst = byDivergence.last {
      page.verdict("Closest: \(line(best))")
      page.verdict("Furthest: \(line(worst))")
    }
    for line in report.verdicts { page.paragraph(line + ".") }
    if differences.count < 5 {
      for line in report.comparisons(all: true) { page.paragraph(line + ".") }
    }
    for gate in gates.all {
      let kind = gate.passes ? "passed" : "failed"
      page.markup(
        "<p><span class=\"\(kind)\">\(kind)</span>\(Markup.escape(String(gate.line.dropFirst(kind.count))))</p>\n"
      )
    }
    page.note(
      report.title + ". The text is \(ModelInput.shortName(report.text)). Values are followed by "
        + "their standard errors.")
  }

  private func addModels(to page: inout HTMLPage) {
    page.section("Models")
    var table = PageTable(
      "Models",
      ComparisonReport.header.enumerated().map {
        $0 < 2 ? .text($1.capitalizedFirst) : .number($1.capitalizedFirst)
      })
    let figures: [ModelDifference?] = [nil] + differences.map { Optional($0) }
    for (row, result) in zip(report.rows, figures) {
      let model = result?.model ?? report.reference
      let values = [
        Double(model.bytes), model.bitsPerWeight,
        result?.perplexity.value ?? differences.first?.referencePerplexity.value ?? .nan,
        result?.divergence.value ?? .nan, result?.sameTop.value ?? .nan,
      ]
      table.add(
        row.enumerated().map { column, text in
          column < 2 ? .text(text) : .number(text, values[column - 2])
        })
    }
    page.table(table)
  }

  // MARK: - Charts

  private func addSizes(to page: inout HTMLPage) {
    let unit = NumberFormat.byteUnit(for: Double(differences.map(\.model.bytes).max() ?? 1))
    let points = differences.map { result in
      ScatterChart.Point(
        Self.label(result.model, among: differences.map(\.model)),
        x: Double(result.model.bytes) / unit.bytes,
        y: result.divergence.value, error: result.divergence.error,
        tip: "\(Self.name(result.model))\n\(result.model.type), "
          + "\(NumberFormat.bytes(result.model.bytes)), "
          + "\(NumberFormat.fixed(result.model.bitsPerWeight, 2)) bits per weight\n"
          + "mean KL divergence "
          + ComparisonReport.plusMinus(result.divergence.value, result.divergence.error, 6))
    }
    let chart = ScatterChart(
      points, xTitle: "size in \(unit.name)", yTitle: "mean KL divergence, logarithmic")
    let figure = chart.figure(
      "Mean KL divergence of \(NumberFormat.counted(differences.count, "model")) by size",
      caption:
        "Full dots are models that no smaller one beats; lines up and down are standard errors.")
    guard !figure.isEmpty else { return }
    page.section("Divergence against size")
    page.markup(figure)
  }

  /// The type where it tells a model from the others, else the file's name.
  private static func label(_ model: MeasuredModel, among others: [MeasuredModel]) -> String {
    others.count { $0.type == model.type } > 1 ? name(model) : model.type
  }

  private func addLayers(to page: inout HTMLPage) {
    let shown = differences.filter { $0.layers.contains { $0 > 0 } }
    guard !shown.isEmpty else { return }
    page.section("Error after each layer")
    page.markup(
      LineChart(
        shown.map { result in
          .init(
            Self.name(result.model),
            result.layers.enumerated().map { (x: Double($0.offset), y: $0.element) })
        }, xTitle: "layer", yTitle: "relative error of hidden states, logarithmic",
        leastStep: 1
      ).figure(
        "Relative error of hidden states after each layer",
        caption:
          "The norm of what differs from the reference's hidden states over the norm of these."))
  }

  private func addChanges(to page: inout HTMLPage) {
    let (low, high) = (
      differences.map { $0.probabilityChanges(0.001) }.min() ?? 0,
      differences.map { $0.probabilityChanges(0.999) }.max() ?? 0
    )
    let most = max(-low, high)
    guard most > 0, most.isFinite else { return }
    let limits = [0.001, 0.002, 0.003, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5]
    let limit = limits.first { $0 >= most } ?? 1
    let bins = 60
    let bounds = (0...bins).map { limit * (2 * Double($0) / Double(bins) - 1) }
    let series = differences.map { result -> LineChart.Series in
      let counts = result.probabilityChanges.counts(between: bounds)
      let total = Double(max(1, counts.reduce(0, +)))
      // The last bin ends where the axis does.
      let shares = (counts + [counts.last ?? 0]).map { Double($0) / total * 100 }
      return .init(Self.name(result.model), zip(bounds, shares).map { (x: $0 * 100, y: $1) })
    }
    let tokens = Double(max(2, differences.first?.tokens ?? 2))
    page.section("Change of the next token's probability")
    page.markup(
      LineChart(
        series, xTitle: "Δp in percentage points", yTitle: "share of tokens in %, logarithmic",
        join: .steps, floor: 100 / tokens
      ).figure(
        "Distribution of the change of the next token's probability",
        caption:
          "Right of zero the model is surer of the text than the reference, left of it less sure. "
          + "The outermost bins have all that is beyond; what is on the lower edge is at most one token."
      ))
  }

  private func addStatistics(to page: inout HTMLPage) {
    let details = report.details(layers: true)
    page.section("All statistics")
    var table = PageTable(
      "All statistics", details.header.map { $0.capitalizedFirst }, [], numbers: 1)
    for row in details.rows { table.add(row.map { .text($0) }) }
    page.table(table)
  }
}
