import Weighbridge
import WeighbridgeByteIO
import WeighbridgeEncodings
import WeighbridgeModelIR
import WeighbridgeReports

/// The parts of `inspect`'s text, each ending with a line break or empty.
extension Inspection {
  func heading(_ terminal: Terminal) -> String {
    Self.title(ModelInput.shortName(path), terminal)
      + Facts(facts).text(for: terminal)
  }

  /// A file's name as a heading that fits.
  static func title(_ name: String, _ terminal: Terminal) -> String {
    let shown = terminal.isASCII ? name.displayed().inASCII : name.displayed()
    let fitted = terminal.width.map { shown.cut(to: $0, at: .middle) } ?? shown
    return TextStyle.bold.apply(fitted, on: terminal) + "\n"
  }

  func encodings(_ terminal: Terminal) -> String {
    var table = Table([
      .text("ENCODING"), .number("TENSORS", rank: 1), .number("ELEMENTS", rank: 2),
      .number("BYTES"), .number("SHARE", rank: 3),
    ])
    for share in summary.encodings {
      let part = Double(share.bytes) / Double(max(summary.tensorBytes, 1)) * 100
      table.add([
        share.name, NumberFormat.grouped(share.tensors), NumberFormat.count(share.elements),
        NumberFormat.bytes(share.bytes), NumberFormat.fixed(part, 1) + " %",
      ])
    }
    return table.rowCount == 0 ? "" : table.text(for: terminal)
  }

  func writeMetadata(
    _ terminal: Terminal, _ selects: (ByteString) -> Bool, to body: (String) -> Void
  ) {
    let entries = model.metadata.entries.indices.filter { selects(model.metadata.entries[$0].key) }
    guard !entries.isEmpty else { return }
    Table.write(
      [.name("METADATA"), .text("TYPE", rank: 1), .text("VALUE", flexible: true)],
      rows: entries.lazy.map { index in
        let entry = model.metadata.entries[index]
        return [
          entry.key.text, entry.value.typeName.lowercased(), MetadataText.line(entry.value),
        ]
      }, for: terminal, to: body)
  }

  func writeTensors(
    _ terminal: Terminal, _ selects: (ByteString) -> Bool, to body: (String) -> Void
  ) {
    let places = model.tensors.indices.filter { selects(model.tensors[$0].name) }
    guard !places.isEmpty else { return }
    Table.write(
      [
        .name("TENSOR"), .text("ENCODING"), .text("SHAPE", rank: 1), .number("BYTES", rank: 2),
        .number("OFFSET", rank: 3),
      ],
      rows: places.lazy.map { index in
        let tensor = model.tensors[index]
        return [
          tensor.name.text, tensor.layout.encoding.name, tensor.layout.shape.description,
          NumberFormat.bytes(tensor.layout.byteCount),
          tensor.location.map { NumberFormat.grouped(Int(clamping: $0.offset)) } ?? "",
        ]
      }, for: terminal, to: body)
  }

  func statistics(_ terminal: Terminal) -> String {
    var table = Table([
      .name("TENSOR"), .text("ENCODING", rank: 6), .number("MIN", rank: 3),
      .number("MAX", rank: 2), .number("MEAN", rank: 5), .number("DEVIATION", "DEV", rank: 1),
      .number("ZEROS", rank: 4), .number("NAN/INF", "NAN"),
    ])
    for row in statistics ?? [] {
      func number(_ value: Double, _ digits: Int) -> Table.Cell {
        Table.Cell(NumberFormat.significant(value, digits), NumberFormat.significant(value, 2))
      }
      let zeros = row.zeroShare * 100
      let figures =
        row.isDecoded
        ? [
          number(Double(row.minimum), 4), number(Double(row.maximum), 4), number(row.mean, 3),
          number(row.deviation, 4),
          Table.Cell(NumberFormat.fixed(zeros, 2) + " %", NumberFormat.fixed(zeros, 0) + " %"),
          Table.Cell(NumberFormat.grouped(row.nonFinite)),
        ] : ["not decodable", "", "", "", "", ""]
      table.add(
        cells: [Table.Cell(row.name.text), Table.Cell(row.encoding)] + figures,
        emphasized: row.nonFinite > 0)
    }
    return table.text(for: terminal)
  }

  func memory(_ terminal: Terminal) -> String {
    guard let memory else { return "" }
    var table = Table([
      .text("MEMORY FOR \(NumberFormat.grouped(memory.context)) TOKENS", flexible: true),
      .number(""),
    ])
    for (label, bytes) in memory.parts { table.add([label, NumberFormat.bytes(bytes)]) }
    table.add(["total", NumberFormat.bytes(memory.total)], emphasized: true)
    if let gpu = memory.gpuTotal, let host = memory.hostTotal {
      table.add(["on the GPU, with activations", NumberFormat.bytes(gpu)])
      table.add(["in the machine's memory", NumberFormat.bytes(host)])
    }
    return table.text(for: terminal)
  }
}

/// What `--layers` shows.
extension Inspection {
  /// Roles of tensors and layers with what they take; layers in a row that are alike are one line.
  func layers(_ terminal: Terminal) -> String {
    let map = TensorMap(model.tensors)
    let total = Double(max(summary.tensorBytes, 1))
    func cells(_ group: TensorGroup) -> [String] {
      [
        NumberFormat.grouped(group.count), group.encodingNames, NumberFormat.fixed(group.bits, 2),
        NumberFormat.bytes(group.bytes),
        NumberFormat.fixed(Double(group.bytes) / total * 100, 1) + " %",
      ]
    }
    func table(_ title: String) -> Table {
      Table([
        .name(title), .number("TENSORS", rank: 1), .text("ENCODINGS", flexible: true),
        .number("BITS", rank: 3), .number("BYTES"), .number("SHARE", rank: 2),
      ])
    }
    var roles = table("ROLE")
    for role in map.roles { roles.add([role.name] + cells(role.all)) }
    var layers = table("LAYER")
    for (span, group) in map.spans {
      let name = span.count > 1 ? "\(span[0])–\(span[span.count - 1]), each" : "\(span[0])"
      layers.add([name] + cells(group))
    }
    let parts = [roles, layers].filter { $0.rowCount > 0 }.map { $0.text(for: terminal) }
    return parts.joined(separator: "\n")
  }
}
