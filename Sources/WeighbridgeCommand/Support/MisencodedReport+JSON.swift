import WeighbridgeByteIO
import WeighbridgeConversion
import WeighbridgeEncodings
import WeighbridgeJSON

extension MisencodedReport {
  /// The blocks for a document.
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
