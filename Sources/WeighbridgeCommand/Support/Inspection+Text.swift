import Weighbridge
import WeighbridgeByteIO
import WeighbridgeEncodings
import WeighbridgeModelIR
import WeighbridgeReports

/// The parts of `inspect`'s text, each ending with a line break or empty.
extension Inspection {
  func heading(_ terminal: Terminal) -> String {
    var text = TextStyle.bold.apply(ModelInput.shortName(path).displayed(), on: terminal) + "\n"
    let width = facts.map(\.0.count).max() ?? 0
    for (label, value) in facts {
      let padded = label + String(repeating: " ", count: width - label.count)
      text += "  " + TextStyle.dim.apply(padded, on: terminal) + "  "
      text += value.displayed(columns: terminal.width.map { max(20, $0 - width - 4) }) + "\n"
    }
    return text
  }

  func encodings(_ terminal: Terminal) -> String {
    var table = Table([
      .text("ENCODING"), .number("TENSORS"), .number("ELEMENTS"), .number("BYTES"),
      .number("SHARE"),
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
      [.text("METADATA"), .text("TYPE"), .text("VALUE", flexible: true)],
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
    guard !places.isEmpty else { return body("no tensor matches\n") }
    Table.write(
      [
        .text("TENSOR", flexible: true), .text("ENCODING"), .text("SHAPE"), .number("BYTES"),
        .number("OFFSET"),
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
      .text("TENSOR", flexible: true), .text("ENCODING"), .number("MIN"), .number("MAX"),
      .number("MEAN"), .number("DEVIATION"), .number("ZEROS"), .number("NAN/INF"),
    ])
    for row in statistics ?? [] {
      let figures =
        row.isDecoded
        ? [
          NumberFormat.significant(Double(row.minimum), 4),
          NumberFormat.significant(Double(row.maximum), 4), NumberFormat.significant(row.mean, 3),
          NumberFormat.significant(row.deviation, 4),
          NumberFormat.fixed(row.zeroShare * 100, 2) + " %", NumberFormat.grouped(row.nonFinite),
        ] : ["not decodable", "", "", "", "", ""]
      table.add([row.name.text, row.encoding] + figures, emphasized: row.nonFinite > 0)
    }
    return table.text(for: terminal)
  }

  func memory(_ terminal: Terminal) -> String {
    guard let memory else { return "" }
    var table = Table([
      .text("MEMORY FOR \(NumberFormat.grouped(memory.context)) TOKENS"), .number(""),
    ])
    for (label, bytes) in memory.parts { table.add([label, NumberFormat.bytes(bytes)]) }
    table.add(["total", NumberFormat.bytes(memory.total)], emphasized: true)
    return table.text(for: terminal)
  }

  func tokenizer(_ terminal: Terminal) -> String {
    guard let list = model.metadata["tokenizer.ggml.tokens"]?.array, let tokens = list.strings
    else {
      let files = (model.companions?.names ?? []).filter {
        $0.contains("token") || $0.contains("vocab")
      }
      return files.isEmpty
        ? "no tokenizer\n" : "tokenizer files: " + files.joined(separator: ", ") + "\n"
    }
    var table = Table([.text("TOKENIZER"), .text("", flexible: true)])
    let prefix: ByteString = "tokenizer."
    for entry in model.metadata.entries
    where entry.key.hasPrefix(prefix) && entry.key != "tokenizer.ggml.tokens" {
      var value = MetadataText.line(entry.value)
      if entry.key.hasSuffix("_token_id"), let id = entry.value.integer, tokens.indices.contains(id)
      {
        value += "  \(tokens[id].text.displayed())"
      }
      table.add([String(entry.key.text.dropFirst(prefix.count)), value])
    }
    table.add(["tokens", MetadataText.line(.array(list))])
    return table.text(for: terminal)
  }
}
