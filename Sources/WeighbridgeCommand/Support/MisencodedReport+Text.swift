import Weighbridge
import WeighbridgeByteIO
import WeighbridgeConversion
import WeighbridgeEncodings
import WeighbridgeJSON
import WeighbridgeModelIR
import WeighbridgeReports

extension MisencodedReport {
  /// A warning for each encoding, with its first tensors.
  var problems: [WeighbridgeModelIR.Diagnostic] {
    Dictionary(grouping: entries, by: \.encoding.name).sorted { $0.key < $1.key }.map {
      encoding, entries in
      let blocks = entries.reduce(0) { $0 + $1.blocks }
      let tensors = entries.prefix(3).map { "\($0.tensor) \(NumberFormat.grouped($0.blocks))" }
      return WeighbridgeModelIR.Diagnostic(
        .warning, "misencoded-blocks", at: encoding,
        "\(NumberFormat.grouped(blocks)) blocks hold 32 zeros in a row and have llama.cpp's bytes, "
          + "which decode to something else (\(tensors.joined(separator: ", "))"
          + (entries.count > 3 ? " and \(entries.count - 3) more tensors" : "")
          + "); --amend-encoders writes them right")
    }
  }

  /// The same for a document.
  var json: JSONValue {
    .array(
      entries.map { entry in
        [
          "tensor": .string(entry.tensor), "encoding": JSONValue(entry.encoding.name),
          "blocks": .integer(entry.blocks), "total": .integer(entry.total),
        ]
      })
  }
}
