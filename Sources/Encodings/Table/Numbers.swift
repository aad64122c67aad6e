internal import CWeighbridgeKernels

// Plain numbers: one element a block, or parts of a byte.

extension Encoding {
  static let numbers: [Encoding] = [
    .f32, .f16, .i8, .i16, .i32, .i64, .f64, .bf16, .bool, .f4, .f6_E2M3, .f6_E3M2, .u8, .f8_E5M2,
    .f8_E4M3, .f8_E8M0, .f8_E4M3FNUZ, .f8_E5M2FNUZ, .u16, .u32, .c64, .u64,
  ]

  /// IEEE 754 single precision, little-endian.
  package static let f32 = Encoding(
    "F32", gguf: 0, safetensors: "F32", elements: 1, bytes: 4,
    codec: unsafe Codec(wb_f32_decode, wb_f32_encode))

  /// IEEE 754 half precision.
  package static let f16 = Encoding(
    "F16", gguf: 1, safetensors: "F16", elements: 1, bytes: 2, bound: 0.00013,
    codec: unsafe Codec(wb_f16_decode, wb_f16_encode))

  /// A signed byte.
  package static let i8 = Encoding(
    "I8", gguf: 24, safetensors: "I8", elements: 1, bytes: 1, codec: unsafe Codec(wb_i8_decode))

  /// A signed 16-bit integer.
  package static let i16 = Encoding(
    "I16", gguf: 25, safetensors: "I16", elements: 1, bytes: 2, codec: unsafe Codec(wb_i16_decode))

  /// A signed 32-bit integer; decoding rounds beyond 2^24.
  package static let i32 = Encoding(
    "I32", gguf: 26, safetensors: "I32", elements: 1, bytes: 4, codec: unsafe Codec(wb_i32_decode))

  /// A signed 64-bit integer; decoding rounds beyond 2^24.
  package static let i64 = Encoding(
    "I64", gguf: 27, safetensors: "I64", elements: 1, bytes: 8, codec: unsafe Codec(wb_i64_decode))

  /// IEEE 754 double precision; decoding rounds to single.
  package static let f64 = Encoding(
    "F64", gguf: 28, safetensors: "F64", elements: 1, bytes: 8, codec: unsafe Codec(wb_f64_decode))

  /// The upper half of a single: eight bits of exponent, seven of mantissa.
  package static let bf16 = Encoding(
    "BF16", gguf: 30, safetensors: "BF16", elements: 1, bytes: 2, bound: 0.0011,
    codec: unsafe Codec(wb_bf16_decode, wb_bf16_encode))

  /// A byte that is zero or one; decodes as an unsigned byte.
  package static let bool = Encoding(
    "BOOL", safetensors: "BOOL", elements: 1, bytes: 1, codec: unsafe Codec(wb_u8_decode))

  /// Four bits, E2M1: ±{0, ½, 1, 1½, 2, 3, 4, 6}; two to a byte, the low nibble first.
  package static let f4 = Encoding(
    "F4", safetensors: "F4", elements: 2, bytes: 1, codec: unsafe Codec(wb_f4_decode))

  /// Six bits: two of exponent, three of mantissa.
  ///
  /// Known by its size: no order of packing is defined.
  package static let f6_E2M3 = Encoding(
    "F6_E2M3", safetensors: "F6_E2M3", elements: 4, bytes: 3)

  /// Six bits: three of exponent, two of mantissa.
  ///
  /// Known by its size: no order of packing is defined.
  package static let f6_E3M2 = Encoding(
    "F6_E3M2", safetensors: "F6_E3M2", elements: 4, bytes: 3)

  /// An unsigned byte.
  package static let u8 = Encoding(
    "U8", safetensors: "U8", elements: 1, bytes: 1, codec: unsafe Codec(wb_u8_decode))

  /// Eight bits: bias 15, with infinities and NaN as in IEEE 754.
  package static let f8_E5M2 = Encoding(
    "F8_E5M2", safetensors: "F8_E5M2", elements: 1, bytes: 1, codec: unsafe Codec(wb_f8_e5m2_decode)
  )

  /// Eight bits: bias 7, no infinity, largest 448, NaN at `0x7F` and `0xFF`.
  package static let f8_E4M3 = Encoding(
    "F8_E4M3", safetensors: "F8_E4M3", elements: 1, bytes: 1, codec: unsafe Codec(wb_f8_e4m3_decode)
  )

  /// Eight bits of exponent: 2^(e − 127); NaN at `0xFF`.
  package static let f8_E8M0 = Encoding(
    "F8_E8M0", safetensors: "F8_E8M0", elements: 1, bytes: 1, codec: unsafe Codec(wb_f8_e8m0_decode)
  )

  /// Eight bits: bias 8, no infinity, no negative zero, NaN at `0x80`.
  package static let f8_E4M3FNUZ = Encoding(
    "F8_E4M3FNUZ", safetensors: "F8_E4M3FNUZ", elements: 1, bytes: 1,
    codec: unsafe Codec(wb_f8_e4m3fnuz_decode))

  /// Eight bits: bias 16, no infinity, no negative zero, NaN at `0x80`.
  package static let f8_E5M2FNUZ = Encoding(
    "F8_E5M2FNUZ", safetensors: "F8_E5M2FNUZ", elements: 1, bytes: 1,
    codec: unsafe Codec(wb_f8_e5m2fnuz_decode))

  /// An unsigned 16-bit integer.
  package static let u16 = Encoding(
    "U16", safetensors: "U16", elements: 1, bytes: 2, codec: unsafe Codec(wb_u16_decode))

  /// An unsigned 32-bit integer; decoding rounds beyond 2^24.
  package static let u32 = Encoding(
    "U32", safetensors: "U32", elements: 1, bytes: 4, codec: unsafe Codec(wb_u32_decode))

  /// A complex number of two singles.
  ///
  /// Known by its size: it is not one float.
  package static let c64 = Encoding(
    "C64", safetensors: "C64", elements: 1, bytes: 8)

  /// An unsigned 64-bit integer; decoding rounds beyond 2^24.
  package static let u64 = Encoding(
    "U64", safetensors: "U64", elements: 1, bytes: 8, codec: unsafe Codec(wb_u64_decode))
}
