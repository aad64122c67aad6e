import Weighbridge
import WeighbridgeByteIO
import WeighbridgeConversion
import WeighbridgeEncodings
import WeighbridgeJSON
import WeighbridgeModelIR
import WeighbridgeReports

/// Shows how a checkpoint would be written, or writes it and says what was done.
struct CheckpointOutput {
  let writer: CheckpointWriter
  let common: CommonOptions

  private typealias Part = CheckpointWriter.Part
  private typealias Companion = CheckpointWriter.Companion
  private var export: CheckpointExport { writer.export }

  /// Prints the plan (`dryRun`) or writes the files, and says what was done.
  func run(dryRun: Bool, json: Bool) throws {
    Console.report(export.notes, common.verbosity)
    let parts = try writer.layOut()
    let companions = writer.companions(parts)
    if dryRun {
      if json {
        Console.print(json: document(parts, companions, false))
      } else {
        Console.print(table(parts))
      }
      return
    }
    let seconds = try writer.write(parts, companions)
    if json { Console.print(json: document(parts, companions, true)) }
    let bytes = parts.reduce(0) { $0 + $1.layout.byteCount }
    Console.note(
      "\(writer.place): \(export.encoding), \(NumberFormat.bytes(bytes)), "
        + "\(NumberFormat.counted(export.model.tensors.count, "tensor")) in \(NumberFormat.duration(seconds))",
      common.verbosity)
    if let codes = export.codes { Console.note(CodeText.line(codes), common.verbosity) }
  }

  private func table(_ parts: [Part]) -> String {
    var table = Table([
      .name("TENSOR"), .text("SHAPE", rank: 1), .text("TO"), .number("BYTES", rank: 2),
      .name("FILE", rank: 3),
    ])
    for part in parts {
      let name = part.path.split(separator: "/").last.map(String.init) ?? part.path
      for tensor in part.model.tensors {
        table.add([
          tensor.name.text, tensor.layout.shape.description, tensor.layout.encoding.name,
          NumberFormat.grouped(Int(clamping: tensor.layout.byteCount)), name,
        ])
      }
    }
    return table.text(for: Terminal.output) + "\nnothing was written\n"
      + (export.codes.map { CodeText.line($0) + "\n" } ?? "")
  }

  private func document(
    _ parts: [Part], _ companions: [Companion], _ isWritten: Bool
  ) -> JSONValue {
    [
      "schema": "weighbridge.convert/1",
      "files": .array(
        parts.map { ["path": JSONValue($0.path), "bytes": JSONValue($0.layout.byteCount)] }
          + companions.map { ["path": JSONValue($0.path), "bytes": .integer($0.bytes.count)] }),
      "written": .bool(isWritten), "recipe": JSONValue(export.encoding.name),
      "tensorBytes": JSONValue(export.model.tensorBytes),
      "tensors": .array(
        parts.flatMap { part in
          zip(part.model.tensors, part.layout.payloadOffsets).map { tensor, offset in
            [
              "name": .string(tensor.name),
              "shape": .array(tensor.layout.shape.dimensions.map { .integer($0) }),
              "to": JSONValue(tensor.layout.encoding.name),
              "bytes": JSONValue(tensor.layout.byteCount),
              "file": JSONValue(part.path), "offset": JSONValue(offset),
            ]
          }
        }),
      "codes": export.codes.map { CodeText.json($0) } ?? .null,
      "notes": .array(export.notes.map { JSONValue("\($0.place): \($0.message)") }),
    ]
  }
}
