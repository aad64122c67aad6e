import Weighbridge
import WeighbridgeByteIO
import WeighbridgeReports

/// Where in the text models are far from the reference.
extension ComparisonPage {
  /// The most windows, and of each model the most tokens, that are shown.
  private static let mostPlaces = 10
  /// The most models whose worst tokens are shown, those furthest from the reference.
  private static let mostModels = 4

  func addPlaces(to page: inout HTMLPage) {
    let breakdowns = differences.map { report.evaluation.breakdown(of: $0) }
    addGroups(breakdowns, to: &page)
    addWindows(to: &page)
    addTokens(breakdowns, to: &page)
  }

  private var modelColumns: [PageTable.Column] {
    differences.map { PageTable.Column.number(Self.name($0.model)) }
  }

  private static func cell(_ divergence: Double) -> PageTable.Cell {
    .number(NumberFormat.significant(max(0, divergence), 3), divergence)
  }

  private func addGroups(_ breakdowns: [DivergenceBreakdown?], to page: inout HTMLPage) {
    let known = breakdowns.compactMap { $0 }
    guard let first = known.first, known.count == differences.count else { return }
    page.section("By position and kind of token", note: "Mean KL divergences.")
    for (title, groups) in [("Position", first.positions), ("Tokens of", first.classes)] {
      var columns: [PageTable.Column] = [.text(title), .number("Tokens")]
      columns += modelColumns
      var table = PageTable(title == "Position" ? "By position" : "By kind of token", columns)
      for group in groups {
        var cells: [PageTable.Cell] = [
          .text(group.name), .number(NumberFormat.grouped(group.tokens), Double(group.tokens)),
        ]
        for breakdown in known {
          let own = (breakdown.positions + breakdown.classes).first { $0.name == group.name }
          cells.append(own.map { Self.cell($0.divergence) } ?? .text(""))
        }
        table.add(cells)
      }
      page.table(table)
    }
  }

  private func addWindows(to page: inout HTMLPage) {
    let count = differences.first?.windows.count ?? 0
    guard count > 1 else { return }
    func worst(_ window: Int) -> Double {
      differences.map { window < $0.windows.count ? $0.windows[window].divergence : 0 }.max() ?? 0
    }
    let places = (0..<count).map { ($0, worst($0)) }.sorted { $0.1 > $1.1 }
    page.section(
      "Worst windows",
      note: "The parts of the text where a model is furthest from the reference, with the mean KL "
        + "divergence there and the beginning of what was scored.")
    var columns: [PageTable.Column] = [.number("Window")]
    columns += modelColumns
    columns.append(.text("Text"))
    var table = PageTable("Windows with the largest divergence", columns)
    for (window, _) in places.prefix(Self.mostPlaces) {
      var cells: [PageTable.Cell] = [.number("\(window + 1)", Double(window))]
      for result in differences {
        cells.append(
          Self.cell(window < result.windows.count ? result.windows[window].divergence : 0))
      }
      let text = report.evaluation.excerpt(ofWindow: window) ?? ""
      cells.append(.markup("<div class=\"prose\">\(Markup.escape(text))</div>", .nan))
      table.add(cells)
    }
    page.table(table)
  }

  private func addTokens(_ breakdowns: [DivergenceBreakdown?], to page: inout HTMLPage) {
    let pairs = zip(differences, breakdowns).compactMap { result, breakdown in
      breakdown.map { (name: Self.name(result.model), tokens: $0.worstTokens) }
    }
    guard pairs.contains(where: { !$0.tokens.isEmpty }) else { return }
    page.section(
      "Worst tokens",
      note: "The text before, the token that followed, and what each model thought most likely.")
    for pair in pairs.suffix(Self.mostModels) {
      page.heading(pair.name)
      var table = PageTable(
        "Tokens with the largest divergence of \(pair.name)",
        [.number("KLD"), .text("Text"), .text("Token"), .text("Reference"), .text("Model")])
      for token in pair.tokens.prefix(Self.mostPlaces) {
        table.add([
          Self.cell(token.divergence),
          .markup("<div class=\"prose\">\(Markup.escape(token.context))</div>", .nan),
          Self.code(token.token), Self.code(token.referenceBest), Self.code(token.modelBest),
        ])
      }
      page.table(table)
    }
  }

  private static func code(_ text: String) -> PageTable.Cell {
    .markup("<code>\(Markup.escape(text))</code>", .nan)
  }
}
