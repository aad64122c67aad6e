extension MetadataValue {
  /// The type's name as the GGUF libraries spell it: `UINT32`, `ARRAY/STRING`.
  package var typeName: String {
    switch self {
    case .uint8: "UINT8"
    case .int8: "INT8"
    case .uint16: "UINT16"
    case .int16: "INT16"
    case .uint32: "UINT32"
    case .int32: "INT32"
    case .uint64: "UINT64"
    case .int64: "INT64"
    case .float32: "FLOAT32"
    case .float64: "FLOAT64"
    case .bool: "BOOL"
    case .string: "STRING"
    case .array(let array): "ARRAY/" + array.elementTypeName
    }
  }
}

extension MetadataArray {
  /// The name of the elements' type: `FLOAT32`.
  package var elementTypeName: String {
    switch element {
    case .uint8: "UINT8"
    case .int8: "INT8"
    case .uint16: "UINT16"
    case .int16: "INT16"
    case .uint32: "UINT32"
    case .int32: "INT32"
    case .uint64: "UINT64"
    case .int64: "INT64"
    case .float32: "FLOAT32"
    case .float64: "FLOAT64"
    case .bool: "BOOL"
    case .string: "STRING"
    case .array: "ARRAY"
    }
  }
}
