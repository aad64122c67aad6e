import Weighbridge
import WeighbridgeByteIO
import WeighbridgeEncodings
import WeighbridgeModelIR
import WeighbridgeReports

extension Inspection {
  /// The whole inspection as a page.
  func html() -> String {
    var page = HTMLPage(title: ModelInput.shortName(path))
    page.facts(facts)
    page.heading("Encodings")
    page.markup(
      Charts.bars(
        summary.encodings.map {
          ($0.name, Double($0.bytes), "\(NumberFormat.bytes($0.bytes)), \($0.tensors) tensors")
        }))
    if let memory {
      page.heading("Memory for \(NumberFormat.grouped(memory.context)) tokens")
      page.facts(
        (memory.parts + [("total", memory.total)]).map { ($0.0, NumberFormat.bytes($0.1)) })
    }
    if !model.problems.isEmpty {
      page.heading("Problems")
      page.table(
        ["Severity", "Where", "Message"],
        model.problems.map { [$0.severity.rawValue, $0.place, $0.message] })
    }
    if !model.metadata.entries.isEmpty {
      page.heading("Metadata")
      page.table(
        ["Key", "Type", "Value"],
        model.metadata.entries.map {
          [$0.key.text, $0.value.typeName.lowercased(), MetadataText.line($0.value)]
        })
    }
    page.heading("Tensors")
    page.table(
      ["Name", "Encoding", "Shape", "Bytes"],
      model.tensors.map {
        [
          $0.name.text, $0.layout.encoding.name, $0.layout.shape.description,
          NumberFormat.bytes($0.layout.byteCount),
        ]
      }, numeric: [3])
    if let statistics {
      page.heading("Statistics")
      page.table(
        ["Tensor", "Min", "Max", "Mean", "Deviation", "Zeros", "NaN/Inf"],
        statistics.map {
          [
            $0.name.text, NumberFormat.significant(Double($0.minimum), 4),
            NumberFormat.significant(Double($0.maximum), 4), NumberFormat.significant($0.mean, 3),
            NumberFormat.significant($0.deviation, 4),
            NumberFormat.fixed($0.zeroShare * 100, 2) + " %", NumberFormat.grouped($0.nonFinite),
          ]
        }, numeric: [1, 2, 3, 4, 5, 6])
    }
    return page.text
  }
}
