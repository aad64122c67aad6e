import Weighbridge
import WeighbridgeByteIO
import WeighbridgeConversion
import WeighbridgeEncodings
import WeighbridgeModelIR
import WeighbridgeReports

/// The page of `quantize --report cost.html`.
struct CostPage {
  let document: CostDocument

  private var report: CostReport { document.report }

  /// The most tensors of the table, and the most points of the chart.
  private static let mostRows = 2_000
  private static let mostPoints = 300
  /// The most bars of a list; more layers are a line.
  private static let mostBars = 40

  /// The document.
  var html: String {
    var provenance = PageProvenance()
    provenance.add("Source", filesAt: document.source)
    provenance.add("Output", filesAt: document.output)
    var page = HTMLPage(
      title: document.title, kind: "Quantization report", provenance: provenance.rows)
    let total = report.total
    page.verdict(
      report.measuredCount == 0
        ? "Nothing was encoded anew."
        : "\(CostDocument.percent(total.relative)) of the weights' norm was lost at "
          + "\(NumberFormat.fixed(report.bitsPerWeight, 2)) bits per weight.")
    page.section("Overview")
    page.facts(document.facts)
    addShares(to: &page)
    addScatter(to: &page)
    addTable(to: &page)
    return page.text
  }

  /// Rows by their place in the report: what links lead to.
  private var byShare: [Int] {
    report.rows.indices.filter { report.rows[$0].sums != nil }.sorted {
      let (left, right) = (report.rows[$0].share, report.rows[$1].share)
      return left != right ? left > right : $0 < $1
    }
  }

  private func addShares(to page: inout HTMLPage) {
    let largest = byShare.prefix(20)
    guard largest.count > 1 else { return }
    page.section(
      "Where the error is", note: "Shares of the squared error of all tensors that were encoded.")
    page.heading("Tensors with the largest share")
    page.markup(
      BarList.markup(
        "Tensors with the largest share of the squared error",
        largest.map { index in
          let row = report.rows[index]
          return BarList.Bar(
            row.name.text, row.share, note: CostDocument.aligned(row.share), link: "t\(index)")
        }))
    addBars("By kind of tensor", report.shares { $0.kind }.sorted { $0.share > $1.share }, &page)
    let layers = report.shares { row in row.layer.map { "layer \($0)" } }
    if layers.count > Self.mostBars {
      page.heading("By layer")
      let points = layers.enumerated().map { (x: Double($0.offset), y: $0.element.share * 100) }
      page.markup(
        LineChart(
          [.init("all tensors", points)], xTitle: "layer", yTitle: "share in %, logarithmic",
          leastStep: 1
        )
        .figure("Share of the squared error by layer"))
    } else {
      addBars("By layer", layers, &page)
    }
    addBars(
      "By encoding", report.shares { $0.encoding.name }.sorted { $0.share > $1.share }, &page)
  }

  private func addBars(
    _ heading: String, _ shares: [(group: String, share: Double)], _ page: inout HTMLPage
  ) {
    guard shares.count > 1 else { return }
    page.heading(heading)
    page.markup(
      BarList.markup(
        heading,
        shares.prefix(Self.mostBars).map {
          BarList.Bar($0.group, $0.share, note: CostDocument.aligned($0.share))
        }))
  }

  private func addScatter(to page: inout HTMLPage) {
    let places = byShare.prefix(Self.mostPoints)
    guard places.count > 2 else { return }
    let named = Set(places.prefix(8))
    let unit = NumberFormat.byteUnit(
      for: places.map { report.rows[$0].bits * Double(report.rows[$0].shape.elementCount) / 8 }
        .max() ?? 1)
    let points = places.map { index in
      let row = report.rows[index]
      let bytes = row.bits * Double(row.shape.elementCount) / 8
      return ScatterChart.Point(
        named.contains(index) ? TensorPlace.short(row.name.text) : "", x: bytes / unit.bytes,
        y: row.share * 100,
        tip: "\(row.name.text)\n\(row.encoding.name), \(NumberFormat.bytes(UInt64(bytes)))\n"
          + "\(CostDocument.aligned(row.share)) of the error")
    }
    page.section("Error against size")
    page.markup(
      ScatterChart(
        points, xTitle: "size in \(unit.name), logarithmic",
        yTitle: "share of the error in %, logarithmic", isXLogarithmic: true, showsFrontier: false
      ).figure(
        "Each tensor's share of the error by its size",
        caption:
          "A tensor far up and to the left loses much for its size: more bits for it are cheap."))
  }

  private func addTable(to page: inout HTMLPage) {
    let rows = document.rows
    let places: [Int]
    if rows.count > Self.mostRows {
      let copied = report.rows.indices.filter { report.rows[$0].sums == nil }
      places = (byShare + copied).prefix(Self.mostRows).sorted()
    } else {
      places = Array(rows.indices)
    }
    page.section(
      "All tensors",
      note: places.count < rows.count
        ? InspectionPage.leftOut(rows.count, places.count, "tensor")
          + " Those with the largest error are shown." : nil)
    let header = document.header
    var table = PageTable(
      "Tensors", header.enumerated().map { $0 < 4 ? .text($1) : .number($1) }, codes: true)
    table.letSearch("tensors")
    for place in places {
      let values = self.values(report.rows[place])
      table.add(
        rows[place].enumerated().map { column, text in
          values.indices.contains(column - 4) && !text.isEmpty && text != "copied"
            ? .number(text, values[column - 4]) : .text(text)
        }, id: "t\(place)")
    }
    page.table(table)
  }

  /// What the columns from the fifth on are sorted by.
  private func values(_ row: CostReport.Row) -> [Double] {
    guard let sums = row.sums else { return [row.bits] }
    let hasWeights = document.header.count > 10
    return [row.bits, sums.rootMeanSquare, sums.relative, sums.cosine, sums.largestError]
      + (hasWeights ? [sums.weighted ?? .nan] : []) + [row.share]
      + (hasWeights ? [row.weightedShare ?? .nan] : [])
  }
}
