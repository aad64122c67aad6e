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
  var encoding: EncodingTraits {
    switch self {
    case .float64: F64.traits
    case .float32: F32.traits
    case .float16: F16.traits
    case .bfloat16: BF16.traits
    case .int64: I64.traits
    case .int32: I32.traits
    case .int16: I16.traits
    case .int8: I8.traits
    case .uint8: U8.traits
    case .uint16: U16.traits
    case .uint32: U32.traits
    case .uint64: U64.traits
    case .bool: BOOL.traits
    case .complex64: C64.traits
    case .float8_e4m3fn: F8_E4M3.traits
    case .float8_e5m2: F8_E5M2.traits
    case .float8_e4m3fnuz: F8_E4M3FNUZ.traits
    case .float8_e5m2fnuz: F8_E5M2FNUZ.traits
    case .float8_e8m0fnu: F8_E8M0.traits
    }
  }

  /// Bytes of one element: 1, 2, 4 or 8.
  var byteCount: Int { encoding.bytesPerBlock }
}
