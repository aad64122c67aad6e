internal import WeighbridgeModelIR

extension MetadataArray.Element {
  /// The fewest bytes that one value takes in a file; version 1 has lengths of 4 bytes, later ones
  /// of 8.
  func minimumSize(version: UInt32) -> UInt64 {
    switch self {
    case .uint8, .int8, .bool: 1
    case .uint16, .int16: 2
    case .uint32, .int32, .float32: 4
    case .uint64, .int64, .float64: 8
    case .string: version == 1 ? 4 : 8
    case .array: version == 1 ? 8 : 12
    }
  }
}
