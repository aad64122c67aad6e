import Weighbridge
import WeighbridgeByteIO
import WeighbridgeCalibration
import WeighbridgeCheckpoints
import WeighbridgeConversion
import WeighbridgeEncodings
import WeighbridgeJSON
import WeighbridgeModelIR
import WeighbridgeReports

/// What is said of a plan, before or after it was carried out.
struct ProductionDocument {
  let production: OutputWriter
  let parts: [OutputWriter.Part]
  /// What calibration did before.
  var calibration: CalibrationReport?

  private var plan: ConversionPlan { production.plan }
  private var bytes: UInt64 { parts.reduce(0) { $0 + $1.layout.byteCount } }

  /// One line: what was written, how large it is, how long it took.
  func summary(_ outcome: OutputWriter.Outcome) -> String {
    let seconds = outcome.seconds ?? 0
    let paths = parts.count == 1 ? parts[0].path : "\(parts[0].path) and \(parts.count - 1) more"
    // As the progress line: bytes of the output. Of a moment no rate is worth saying.
    let rate = NumberFormat.bytes(UInt64(Double(plan.tensorBytes) / max(seconds, 1e-3)))
    return "\(paths): \(plan.recipe), \(NumberFormat.bytes(bytes)), "
      + "\(NumberFormat.fixed(plan.bitsPerWeight, 2)) bits per weight, "
      + "\(NumberFormat.counted(plan.rows.count, "tensor")) in \(NumberFormat.duration(seconds))"
      + (outcome.resumedBytes == 0 && seconds >= 1 ? " (\(rate)/s written)" : "")
      + (plan.codeSummary.map { "\n" + CodeText.line($0) } ?? "")
  }

  /// The plan as a table, with exact sizes.
  func table(_ terminal: Terminal) -> String {
    let isCheckpoint = plan.rows.contains { $0.checkpointName != nil }
    var columns: [Table.Column] = [
      .name("TENSOR"), .text("SHAPE", rank: 3), .text("FROM", rank: 2), .text("TO"),
      .number("BYTES", rank: 1), .text("", flexible: true, rank: 4),
    ]
    if isCheckpoint { columns.insert(.name("SOURCE", rank: 5), at: 0) }
    var table = Table(columns)
    for row in plan.rows {
      var remarks = row.changes + (row.usesImportance ? ["importance"] : [])
      if let replaced = row.replaced { remarks.append("rows do not hold \(replaced)") }
      let name = isCheckpoint ? [(row.checkpointName ?? row.source).text] : []
      table.add(
        name + [
          row.name.text, row.shape.description, row.sourceEncoding.name, row.encoding.name,
          NumberFormat.grouped(Int(clamping: row.bytes)), remarks.joined(separator: ", "),
        ])
    }
    let summary =
      "\(plan.recipe): \(NumberFormat.grouped(Int(clamping: bytes))) bytes "
      + "(\(NumberFormat.bytes(bytes))\(parts.count > 1 ? " in \(parts.count) parts" : "")), from "
      + "\(NumberFormat.bytes(plan.sourceBytes)) of tensors, "
      + "\(NumberFormat.fixed(plan.bitsPerWeight, 2)) bits per weight; nothing was written"
    let scheme = Inspection(production.source, path: "").quantization.map { "source: \($0.text)" }
    let codes = plan.codeSummary.map { CodeText.line($0) }
    let lines = ([summary, scheme, codes].compactMap { $0 }).flatMap { line in
      terminal.width.map { line.wrapped(columns: $0, indentation: 2) } ?? [line]
    }
    return table.text(for: terminal) + files(terminal) + "\n" + lines.joined(separator: "\n") + "\n"
  }

  /// The parts of a split output with their sizes; nothing for a single file.
  private func files(_ terminal: Terminal) -> String {
    guard parts.count > 1 else { return "" }
    var table = Table([.name("PART"), .number("TENSORS", rank: 1), .number("BYTES")])
    for part in parts {
      table.add([
        ModelInput.shortName(part.path), "\(part.model.tensors.count)",
        NumberFormat.grouped(Int(clamping: part.layout.byteCount)),
      ])
    }
    return "\n" + table.text(for: terminal)
  }

  /// The document that `--json` prints.
  func json(_ outcome: OutputWriter.Outcome, cost: JSONValue? = nil) -> JSONValue {
    let places = parts.flatMap { part in part.layout.payloadOffsets.map { (part.path, $0) } }
    var document: JSONValue = [
      "schema": production.activity == "converting"
        ? "weighbridge.convert/1" : "weighbridge.quantize/1",
      "files": .array(
        parts.map {
          [
            "path": JSONValue($0.path), "bytes": JSONValue($0.layout.byteCount),
            "tensors": .integer($0.model.tensors.count),
          ]
        }),
      "written": .bool(outcome.seconds != nil),
      "recipe": JSONValue(plan.recipe),
      "bytes": JSONValue(bytes),
      "tensorBytes": JSONValue(plan.tensorBytes),
      "sourceTensorBytes": JSONValue(plan.sourceBytes),
      "parameters": JSONValue(plan.elementCount),
      "bitsPerWeight": .double(plan.bitsPerWeight),
      "seconds": outcome.seconds.map { .double($0) } ?? nil,
      "resumedBytes": JSONValue(outcome.resumedBytes),
      "tensors": .array(zip(plan.rows, places).map { Self.json($0, $1.0, $1.1) }),
      "codes": plan.codeSummary.map { CodeText.json($0) } ?? nil,
      "misencoded": production.options.misencoded.json,
      "scaleErrors": production.scales?.json ?? [],
      "notes": .array(plan.notes.map { JSONValue("\($0.place): \($0.message)") }),
    ]
    if var object = document.object {
      if let cost { object["cost"] = cost }
      if let calibration {
        object["calibration"] = calibration.json(parameters: plan.elementCount)
      }
      document = .object(object)
    }
    return document
  }

  private static func json(
    _ row: ConversionPlan.Row, _ path: String, _ offset: UInt64
  ) -> JSONValue {
    [
      "name": .string(row.name), "source": .string(row.checkpointName ?? row.source),
      "operator": JSONValue(row.operation),
      "shape": .array(row.shape.dimensions.map { .integer($0) }),
      "from": JSONValue(row.sourceEncoding.name), "to": JSONValue(row.encoding.name),
      "bytes": JSONValue(row.bytes), "file": JSONValue(path), "offset": JSONValue(offset),
      "importance": .bool(row.usesImportance),
      "replaced": row.replaced.map { JSONValue($0.name) } ?? nil,
      "codes": row.codes.map { CodeText.json($0) } ?? nil,
    ]
  }
}
