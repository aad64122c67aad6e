internal import WeighbridgeEncodings

/// The types of numbers that PyTorch stores, by their names as `torch.dtype`.
enum TorchNumberType: String, CaseIterable, Hashable {
  case float64, float32, float16, bfloat16
  case int64, int32, int16, int8, uint8, uint16, uint32, uint64, bool
  case complex64
  case float8_e4m3fn, float8_e5m2, float8_e4m3fnuz, float8_e5m2fnuz, float8_e8m0fnu

  /// The class of a storage of this type; nil for types that only have untyped storages.
  var storageClass: String? {
    switch self {
    case .float64: "DoubleStorage"
    case .float32: "FloatStorage"
    case .float16: "HalfStorage"
    case .bfloat16: "BFloat16Storage"
    case .int64: "LongStorage"
    case .int32: "IntStorage"
    case .int16: "ShortStorage"
    case .int8: "CharStorage"
    case .uint8: "ByteStorage"
    case .bool: "BoolStorage"
    case .complex64: "ComplexFloatStorage"
    case .uint16, .uint32, .uint64, .float8_e4m3fn, .float8_e5m2, .float8_e4m3fnuz,
      .float8_e5m2fnuz, .float8_e8m0fnu:
      nil
    }
  }

  /// How the elements are stored.
  var encoding: Encoding {
    switch self {
    case .float64: .f64
    case .float32: .f32
    case .float16: .f16
    case .bfloat16: .bf16
    case .int64: .i64
    case .int32: .i32
    case .int16: .i16
    case .int8: .i8
    case .uint8: .u8
    case .uint16: .u16
    case .uint32: .u32
    case .uint64: .u64
    case .bool: .bool
    case .complex64: .c64
    case .float8_e4m3fn: .f8_E4M3
    case .float8_e5m2: .f8_E5M2
    case .float8_e4m3fnuz: .f8_E4M3FNUZ
    case .float8_e5m2fnuz: .f8_E5M2FNUZ
    case .float8_e8m0fnu: .f8_E8M0
    }
  }

  /// Bytes of one element: 1, 2, 4 or 8.
  var byteCount: Int { encoding.bytesPerBlock }
}
