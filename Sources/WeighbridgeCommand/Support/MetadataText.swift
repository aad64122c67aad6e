import Weighbridge
import WeighbridgeByteIO
import WeighbridgeJSON
import WeighbridgeModelIR
import WeighbridgeReports

/// Metadata values as people read them.
enum MetadataText {
  /// A value on one line.
  static func line(_ value: MetadataValue) -> String {
    switch value {
    case .string(let text): return text.text.displayed()
    case .float32(let number): return "\(number)"
    case .float64(let number): return "\(number)"
    case .bool(let flag): return "\(flag)"
    case .uint64(let number): return "\(number)"
    case .uint8, .int8, .uint16, .int16, .uint32, .int32, .int64: return "\(value.integer ?? 0)"
    case .array(let array):
      let head = array.prefix(6).json.map { $0.text(compact: true) }.joined(separator: ", ")
      let more = array.count > 6 ? ", …" : ""
      return "\(NumberFormat.grouped(array.count)): [\(head)\(more)]"
    }
  }
}
