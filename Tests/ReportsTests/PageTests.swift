import Testing

@testable import WeighbridgeReports

@Suite struct PageTests {
  private static let hostile = "</script><script>alert('1')</script><img onerror=\"x\">&\u{202E}"

  /// Whatever a file says is text, wherever it stands.
  @Test func nothingOfAFileIsMarkup() {
    var page = HTMLPage(
      title: Self.hostile, kind: Self.hostile, provenance: [(Self.hostile, Self.hostile)])
    page.verdict(Self.hostile)
    page.section(Self.hostile, note: Self.hostile)
    page.heading(Self.hostile)
    page.facts([(Self.hostile, Self.hostile)])
    page.preformatted(Self.hostile, under: Self.hostile)
    var table = PageTable(Self.hostile, [.text(Self.hostile), .number(Self.hostile)], codes: true)
    table.letSearch(Self.hostile)
    table.add([.text(Self.hostile), .number(Self.hostile, 1)], id: Self.hostile)
    table.add([.folded(Self.hostile, "")])
    page.table(table)
    page.markup(BarList.markup(Self.hostile, [.init(Self.hostile, 1, note: Self.hostile)]))
    page.markup(
      ScatterChart(
        [.init(Self.hostile, x: 1, y: 1, tip: Self.hostile)], xTitle: Self.hostile,
        yTitle: Self.hostile, xLabel: { _ in Self.hostile }
      ).figure(Self.hostile, caption: Self.hostile))
    page.markup(
      LineChart(
        [.init(Self.hostile, [(0, 1), (1, 2)])], xTitle: Self.hostile, yTitle: Self.hostile
      )
      .figure(Self.hostile))
    page.markup(
      TreeMap([
        .init(Self.hostile, note: Self.hostile, size: 1, bits: 4, tip: Self.hostile)
      ]).figure(Self.hostile))
    let cell = HeatMap.Cell(Self.hostile, bits: 4, tip: Self.hostile)
    page.markup(
      HeatMap(
        [(Self.hostile, [cell, nil])], columns: [Self.hostile, "1"], columnTitle: Self.hostile
      ).figure(Self.hostile, legend: BitSteps.legend([(Self.hostile, 4)])))
    let text = page.text
    #expect(text.components("<script").count == 2 && text.components("</script").count == 2)
    #expect(!text.contains("<img") && !text.unicodeScalars.contains("\u{202E}"))
    #expect(!text.contains("onerror=\"") && text.contains("&lt;img onerror=&quot;x&quot;&gt;&amp;"))
  }

  /// The script that runs is the one that the policy names, and nothing is fetched.
  @Test func onlyItsOwnScriptMayRun() {
    let page = HTMLPage(title: "a", kind: "b", provenance: []).text
    #expect(page.contains("<script>\(PageScript.text)</script>"))
    #expect(page.contains("default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-"))
    // 32 bytes are 43 letters and one sign that there are no more.
    let hash = PageScript.policy.components("sha256-")[1].dropLast()
    #expect(hash.count == 44 && hash.hasSuffix("="))
    #expect(!page.contains("://") && !page.contains("src=") && !page.contains("@import"))
  }
}

extension String {
  fileprivate func components(_ separator: String) -> [Substring] {
    var (parts, rest) = ([Substring](), self[...])
    while let range = rest.firstRange(of: separator) {
      parts.append(rest[..<range.lowerBound])
      rest = rest[range.upperBound...]
    }
    return parts + [rest]
  }
}

@Suite struct ChartTests {
  @Test func ticksAreRound() {
    let size = Axis(from: 0, to: 97, .linear)
    #expect(size.ticks(5) == [0, 20, 40, 60, 80])
    #expect(size.share(97) == 1 && size.share(0) == 0)
    let damage = Axis(from: 0.0001, to: 1, .logarithmic)
    #expect(damage.ticks(6).map(Axis.label) == ["0.0001", "0.001", "0.01", "0.1", "1"])
    #expect(abs(damage.share(0.01) - 0.5) < 1e-12)
    #expect(
      [1e-6, 2e-6, 0.05, 20, 0, 1_500_000].map(Axis.label) == [
        "10⁻⁶", "2·10⁻⁶", "0.05", "20", "0", "2·10⁶",
      ])
  }

  private static let oddNumbers: [[Double]] = [
    [], [0], [5, 5], [1e300, 1e308], [-1e308, 1e308], [.leastNonzeroMagnitude], [.nan, .infinity],
    [1e15, 1e15 + 1],
  ]

  /// Numbers of any size, none, or all the same: no trap, and no endless row of ticks.
  @Test(arguments: oddNumbers)
  func anyNumbersHaveAnAxis(_ numbers: [Double]) {
    for scale in [Axis.Scale.linear, .logarithmic] {
      guard let axis = Axis(numbers, scale) else { continue }
      #expect(axis.ticks(6).count < 40)
    }
    let points = numbers.map { ScatterChart.Point("a", x: $0, y: $0, error: $0, tip: "") }
    #expect(!ScatterChart(points, xTitle: "", yTitle: "").figure("").contains("nan"))
    let lines = LineChart([.init("a", numbers.map { ($0, $0) })], xTitle: "", yTitle: "")
    #expect(!lines.figure("").contains("nan"))
  }

  /// No label lies on another or on a point, though all points are at one place.
  @Test(arguments: Drawing.Size.allCases) func labelsKeepApart(_ size: Drawing.Size) {
    let bounds = Frame(x: 0, y: 0, width: size.width, height: 300)
    let point = Frame(x: size.width / 2 - 6, y: 144, width: 12, height: 12)
    var labels = LabelPlacement(bounds: bounds, taken: [point])
    var drawing = Drawing(size, height: 300)
    for index in 0..<12 {
      labels.put("model-Q4_K_\(index)", at: (size.width / 2, 150), in: &drawing)
    }
    #expect(labels.taken.count > 6)
    for (index, frame) in labels.taken.enumerated() {
      #expect(bounds.holds(frame))
      for other in labels.taken[(index + 1)...] { #expect(!frame.meets(other)) }
    }
  }

  @Test func theFrontierIsWhatNothingBeats() {
    let points = [(3.0, 1.0), (1, 3), (2, 2), (2, 5), (4, 1), (5, 0.5)].map {
      ScatterChart.Point("", x: $0.0, y: $0.1, tip: "")
    }
    #expect(ScatterChart(points, xTitle: "", yTitle: "").frontier == [1, 2, 0, 5])
  }

  /// Areas are as the sizes are, and tiles fill the whole without lying on each other.
  @Test func tilesAreAsLargeAsTheirSizes() {
    let whole = Frame(x: 0, y: 0, width: 800, height: 300)
    let sizes = (1...60).map { 1 / Double($0) }
    let frames = TreeMap.frames(sizes, in: whole)
    let total = sizes.reduce(0, +)
    for (size, frame) in zip(sizes, frames) {
      #expect(abs(frame.width * frame.height - size / total * 240_000) < 1e-6)
      #expect(frame.x > -1e-9 && frame.y > -1e-9)
      #expect(frame.x + frame.width < 800.000001 && frame.y + frame.height < 300.000001)
    }
    for (index, frame) in frames.enumerated() {
      let inner = Frame(
        x: frame.x + 1e-6, y: frame.y + 1e-6, width: frame.width - 2e-6, height: frame.height - 2e-6
      )
      #expect(!frames[(index + 1)...].contains { $0.meets(inner) })
    }
  }

  @Test(arguments: [
    (1.5625, 1), (2.0625, 2), (3.4375, 3), (4.5, 4), (5, 4), (5.5, 5), (6.5625, 6), (8.5, 7),
    (16, 8), (32, 9), (64, 9),
  ]) func bitsHaveSteps(_ bits: Double, _ step: Int) {
    #expect(BitSteps.step(bits) == step)
  }
}
