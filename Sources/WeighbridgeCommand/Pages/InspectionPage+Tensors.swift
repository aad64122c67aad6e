import Weighbridge
import WeighbridgeByteIO
import WeighbridgeEncodings
import WeighbridgeModelIR
import WeighbridgeReports

/// What a page shows of tensors: sizes and encodings as pictures, then each with its statistics.
extension InspectionPage {
  private var tensors: [Tensor] { inspection.model.tensors }

  func addPictures(to page: inout HTMLPage) {
    guard !tensors.isEmpty else { return }
    let map = TensorMap(tensors)
    page.section("Encodings")
    page.markup(
      BarList.markup(
        "Bytes by encoding",
        inspection.summary.encodings.map { share in
          let part = Double(share.bytes) / Double(max(inspection.summary.tensorBytes, 1)) * 100
          return BarList.Bar(
            share.name, Double(share.bytes),
            note: "\(NumberFormat.bytes(share.bytes)), \(NumberFormat.fixed(part, 1)) %")
        }))
    addHeatMap(map, to: &page)
    addTreeMap(map, to: &page)
  }

  /// The colours of all encodings.
  private var legend: String {
    var bits: [String: Double] = [:]
    for tensor in tensors where bits.count < 40 {
      bits[tensor.layout.encoding.name] = tensor.layout.encoding.bitsPerElement
    }
    return BitSteps.legend(bits.map { (name: $0.key, bits: $0.value) })
  }

  // MARK: - Roles by layers

  private func addHeatMap(_ map: TensorMap, to page: inout HTMLPage) {
    let layers = map.layers
    guard layers.count > 1 else { return }
    let each = (layers.count + Self.mostColumns - 1) / Self.mostColumns
    let columns = stride(from: 0, to: layers.count, by: each).map {
      Array(layers[$0..<min($0 + each, layers.count)])
    }
    let roles = map.roles.filter { !$0.layers.isEmpty }
    let shown = Set(
      roles.indices.sorted { roles[$0].all.bytes > roles[$1].all.bytes }.prefix(Self.mostRoles))
    let rows = roles.indices.filter { shown.contains($0) }.map { index in
      Self.row(roles[index], columns)
    }
    page.section("Types by layer", note: "Each cell is a tensor: what it is by the layer it is in.")
    var remarks: [String] = []
    if each > 1 { remarks.append("A cell stands for up to \(each) layers.") }
    if roles.count > shown.count {
      remarks.append(Self.leftOut(roles.count, shown.count, "role"))
    }
    page.markup(
      HeatMap(rows, columns: columns.map { "\($0[0])" }, columnTitle: "layer").figure(
        "Encodings of \(NumberFormat.counted(rows.count, "role")) of tensors in "
          + NumberFormat.counted(layers.count, "layer"),
        caption: remarks.isEmpty ? nil : remarks.joined(separator: " "), legend: legend))
  }

  private static func row(_ role: TensorMap.Role, _ columns: [[Int]]) -> HeatMap.Row {
    let cells = columns.map { layers -> HeatMap.Cell? in
      var group = TensorGroup()
      for layer in layers { role.layers[layer].map { group.add($0) } }
      guard group.count > 0 else { return nil }
      let span =
        layers.count > 1
        ? "layers \(layers[0]) to \(layers[layers.count - 1])"
        : "layer \(layers[0])"
      return HeatMap.Cell(
        group.encodings.count == 1 ? group.encodings[0] : "mixed", bits: group.bits,
        tip:
          "\(role.name), \(span)\n\(group.encodingNames), \(NumberFormat.fixed(group.bits, 2)) bits\n"
          + NumberFormat.bytes(group.bytes))
    }
    return (TensorPlace.short(role.name), cells)
  }

  // MARK: - Sizes

  private func addTreeMap(_ map: TensorMap, to page: inout HTMLPage) {
    let total = Double(max(inspection.summary.tensorBytes, 1))
    func percent(_ bytes: UInt64) -> String {
      NumberFormat.fixed(Double(bytes) / total * 100, 1) + " %"
    }
    let roles = map.roles.sorted { $0.all.bytes > $1.all.bytes }
    var tiles = roles.prefix(Self.mostRoles).map { role in
      let parts = role.layers.sorted { $0.key < $1.key }
      return TreeMap.Tile(
        TensorPlace.short(role.name),
        note: "\(NumberFormat.bytes(role.all.bytes)), \(percent(role.all.bytes))",
        size: Double(role.all.bytes), bits: role.all.bits,
        tip: "\(role.name)\n\(NumberFormat.counted(role.all.count, "tensor")), "
          + "\(NumberFormat.bytes(role.all.bytes)), \(percent(role.all.bytes))\n"
          + role.all.encodingNames,
        // Beyond this, slices are too thin to be drawn.
        parts: parts.count > 240
          ? []
          : parts.map { layer, group in
            TreeMap.Part(
              size: Double(group.bytes), bits: group.bits,
              tip: "\(role.name), layer \(layer)\n\(group.encodingNames), "
                + NumberFormat.bytes(group.bytes))
          })
    }
    if roles.count > Self.mostRoles {
      var rest = TensorGroup()
      for role in roles.dropFirst(Self.mostRoles) { rest.add(role.all) }
      tiles.append(
        TreeMap.Tile(
          "all others", note: percent(rest.bytes), size: Double(rest.bytes), bits: rest.bits,
          tip: "\(NumberFormat.counted(rest.count, "tensor")), \(NumberFormat.bytes(rest.bytes))"))
    }
    page.section("Where the bytes are", note: "Areas are bytes; a stripe is a layer.")
    page.markup(TreeMap(tiles).figure("Sizes of tensors by role", legend: legend))
  }

  // MARK: - The table

  func addTensors(to page: inout HTMLPage) {
    guard !tensors.isEmpty else { return }
    let shown = Self.shown(tensors)
    let measured = Dictionary(
      (inspection.statistics ?? []).map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    let hasStatistics = inspection.statistics != nil
    page.section(
      "Tensors",
      note: (hasStatistics
        ? "Heights of histograms are square roots, so that tails are seen. " : "")
        + (hasStatistics ? "" : "With --stats, ranges and histograms are shown, too. ")
        + (shown.count < tensors.count
          ? Self.leftOut(tensors.count, shown.count, "tensor")
            + " The largest are shown; inspect --tensors lists all." : "")
        + " Shapes are outermost first.")
    var columns: [PageTable.Column] = [
      .text("Tensor"), .text("Encoding"), .number("Bits"), .text("Shape"), .number("Bytes"),
    ]
    if hasStatistics {
      columns += [
        .text("Histogram"), .number("Min"), .number("Max"), .number("Mean"), .number("Deviation"),
        .number("Zeros"), .number("NaN/Inf"),
      ]
    }
    var table = PageTable("Tensors", columns, codes: true)
    table.letSearch("tensors")
    for index in shown {
      let tensor = tensors[index]
      let layout = tensor.layout
      let bits = layout.encoding.bitsPerElement
      var cells: [PageTable.Cell] = [
        .text(tensor.name.text), .text(layout.encoding.name),
        .number(NumberFormat.fixed(bits, 2), bits), .text(layout.shape.description),
        .number(NumberFormat.bytes(layout.byteCount), Double(layout.byteCount)),
      ]
      if hasStatistics { cells += measured[tensor.name].map(Self.cells) ?? [] }
      table.add(cells, id: "t\(index)")
    }
    page.table(table)
  }

  private static func cells(_ row: TensorStatistics) -> [PageTable.Cell] {
    guard row.isDecoded else { return [.text("not decodable")] }
    func number(_ value: Double, _ digits: Int) -> PageTable.Cell {
      .number(NumberFormat.significant(value, digits), value)
    }
    return [
      .markup(histogram(row), row.deviation), number(Double(row.minimum), 4),
      number(Double(row.maximum), 4), number(row.mean, 3), number(row.deviation, 4),
      .number(NumberFormat.fixed(row.zeroShare * 100, 2) + " %", row.zeroShare),
      .number(NumberFormat.grouped(row.nonFinite), Double(row.nonFinite)),
    ]
  }

  /// Values from four deviations below the mean to four above, or as far as there are any.
  private static func histogram(_ row: TensorStatistics) -> String {
    guard let histogram = row.histogram, row.minimum.isFinite, row.maximum > row.minimum else {
      return ""
    }
    let low = max(Double(row.minimum), row.mean - 4 * row.deviation)
    let high = min(Double(row.maximum), row.mean + 4 * row.deviation)
    let digits = (NumberFormat.significant(low, 2), NumberFormat.significant(high, 2))
    return Sparkline.markup(
      histogram.bins(32, from: low, to: high), name: "values from \(digits.0) to \(digits.1)")
  }
}
