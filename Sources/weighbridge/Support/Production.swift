import ByteIO
import Conversion
import GGUF
import JSON
import ModelIR
import Reports

/// Carries a plan out: lays the file out, writes it beside its place, gives it its name.
struct Production {
  let plan: ConversionPlan
  let output: String
  let force: Bool
  let common: CommonOptions
  /// `converting` or `quantizing`.
  let activity: String
  var byteOrder = ByteOrder.little
  /// The largest size of a part's tensors; nil for one file.
  var splitSize: UInt64?

  /// A file to write.
  private struct Part {
    let path: String
    let model: Model
    let layout: FileLayout
  }

  /// Prints the plan (`--dry-run`) or writes the file or its parts, and says what was done.
  func run(dryRun: Bool, json: Bool) throws {
    ModelInput.report(plan.notes, common.verbosity)
    let parts = try layOut()
    if dryRun {
      Console.print(json ? document(parts, seconds: nil).text() : table(parts, Terminal.output))
      return
    }
    let start = ContinuousClock.now
    for (index, part) in parts.enumerated() {
      let file = try AtomicFile(path: part.path, byteCount: part.layout.byteCount, replaces: force)
      try StreamingExecutor(workers: common.workerCount, chunkBytes: common.chunkBytes).write(
        part.model, as: part.layout, to: file.sink, progress: common.progress,
        activity: parts.count == 1 ? activity : "\(activity), part \(index + 1) of \(parts.count)")
      try file.commit()
    }
    let elapsed = ContinuousClock.now - start
    let seconds =
      Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) / 1e18
    if json { Console.print(document(parts, seconds: seconds).text()) }
    Console.note(summary(parts, seconds), common.verbosity)
  }

  private func layOut() throws -> [Part] {
    let models = try splitSize.map { try GGUFSplit.plan(plan.model, .bytes($0)) } ?? [plan.model]
    let prefix = output.hasSuffix(".gguf") ? String(output.dropLast(5)) : output
    let name = ShardName(prefix: prefix, index: 0, count: models.count)
    return try models.enumerated().map { index, model in
      let stored = byteOrder == .little ? model : try GGUF.stored(model, in: byteOrder)
      return Part(
        path: splitSize == nil ? output : name.part(index).name, model: stored,
        layout: try GGUF.layOut(stored, byteOrder: byteOrder))
    }
  }

  private func summary(_ parts: [Part], _ seconds: Double) -> String {
    let bytes = parts.reduce(0) { $0 + $1.layout.byteCount }
    let paths = parts.count == 1 ? parts[0].path : "\(parts[0].path) and \(parts.count - 1) more"
    let rate = NumberFormat.bytes(UInt64(Double(plan.sourceBytes) / max(seconds, 1e-3)))
    return "\(paths): \(plan.recipe), \(NumberFormat.bytes(bytes)), "
      + "\(NumberFormat.fixed(plan.bitsPerWeight, 2)) bits per weight, "
      + "\(plan.rows.count) tensors in \(NumberFormat.duration(seconds)) (\(rate)/s read)"
  }

  private func table(_ parts: [Part], _ terminal: Terminal) -> String {
    let bytes = parts.reduce(0) { $0 + $1.layout.byteCount }
    var table = Table([
      .text("TENSOR", flexible: true), .text("SHAPE"), .text("FROM"), .text("TO"), .number("BYTES"),
      .text(""),
    ])
    for row in plan.rows {
      var remarks = row.usesImportance ? ["importance"] : []
      if let replaced = row.replaced { remarks.append("rows do not hold \(replaced)") }
      table.add([
        row.name.text, row.shape.description, row.sourceEncoding, row.encoding,
        NumberFormat.grouped(Int(clamping: row.bytes)), remarks.joined(separator: ", "),
      ])
    }
    return table.text(for: terminal)
      + "\n\(plan.recipe): \(NumberFormat.grouped(Int(clamping: bytes))) bytes "
      + "(\(NumberFormat.bytes(bytes))\(parts.count > 1 ? " in \(parts.count) parts" : "")), from "
      + "\(NumberFormat.bytes(plan.sourceBytes)) of tensors, "
      + "\(NumberFormat.fixed(plan.bitsPerWeight, 2)) bits per weight; nothing was written\n"
  }

  private func document(_ parts: [Part], seconds: Double?) -> JSONValue {
    let places = parts.flatMap { part in part.layout.payloadOffsets.map { (part.path, $0) } }
    return [
      "schema": activity == "converting" ? "weighbridge.convert/1" : "weighbridge.quantize/1",
      "files": .array(
        parts.map { ["path": JSONValue($0.path), "bytes": JSONValue($0.layout.byteCount)] }),
      "written": .bool(seconds != nil),
      "recipe": JSONValue(plan.recipe),
      "bytes": JSONValue(parts.reduce(0) { $0 + $1.layout.byteCount }),
      "tensorBytes": JSONValue(plan.tensorBytes),
      "sourceTensorBytes": JSONValue(plan.sourceBytes),
      "parameters": JSONValue(plan.model.elementCount),
      "bitsPerWeight": .double(plan.bitsPerWeight),
      "seconds": seconds.map { .double($0) } ?? nil,
      "tensors": .array(
        zip(plan.rows, places).map { row, place in
          [
            "name": .string(row.name), "source": .string(row.source),
            "shape": .array(row.shape.dimensions.map { .integer($0) }),
            "from": JSONValue(row.sourceEncoding), "to": JSONValue(row.encoding),
            "bytes": JSONValue(row.bytes), "file": JSONValue(place.0), "offset": JSONValue(place.1),
            "importance": .bool(row.usesImportance),
            "replaced": row.replaced.map { JSONValue($0) } ?? nil,
          ]
        }),
      "notes": .array(plan.notes.map { JSONValue("\($0.place): \($0.message)") }),
    ]
  }
}
