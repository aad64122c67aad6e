internal import CWeighbridgeKernels

// Super-blocks of 256: scales of sub-blocks are codes themselves.

extension Encoding {
  static let superBlocks: [Encoding] = [
    .q2_K, .q3_K, .q4_K, .q5_K, .q6_K, .iq4_XS, .tq1_0, .tq2_0,
  ]

  /// 256 elements in 16 sub-blocks: 4-bit scales and minimums, 2-bit codes.
  package static let q2_K = Encoding(
    "Q2_K", gguf: 10, elements: 256, bytes: 84, wideFields: [80..<82, 82..<84], bound: 0.16,
    importance: .helps, fallback: .q4_0, cost: 8,
    codec: unsafe Codec(wb_q2_k_decode, wb_q2_k_encode))

  /// 256 elements in 16 sub-blocks: 6-bit scales, 3-bit codes.
  package static let q3_K = Encoding(
    "Q3_K", gguf: 11, elements: 256, bytes: 110, wideFields: [108..<110], bound: 0.088,
    importance: .helps, fallback: .q4_0, cost: 8,
    codec: unsafe Codec(wb_q3_k_decode, wb_q3_k_encode))

  /// 256 elements in 8 sub-blocks: 6-bit scales and minimums, 4-bit codes.
  package static let q4_K = Encoding(
    "Q4_K", gguf: 12, elements: 256, bytes: 144, wideFields: [0..<2, 2..<4], bound: 0.043,
    importance: .helps, fallback: .q5_0, cost: 8,
    codec: unsafe Codec(wb_q4_k_decode, wb_q4_k_encode))

  /// 256 elements in 8 sub-blocks: 6-bit scales and minimums, 5-bit codes.
  package static let q5_K = Encoding(
    "Q5_K", gguf: 13, elements: 256, bytes: 176, wideFields: [0..<2, 2..<4], bound: 0.021,
    importance: .helps, fallback: .q5_1, cost: 8,
    codec: unsafe Codec(wb_q5_k_decode, wb_q5_k_encode))

  /// 256 elements in 16 sub-blocks: 8-bit scales, 6-bit codes.
  package static let q6_K = Encoding(
    "Q6_K", gguf: 14, elements: 256, bytes: 210, wideFields: [208..<210], bound: 0.01,
    importance: .helps, fallback: .q8_0, cost: 8,
    codec: unsafe Codec(wb_q6_k_decode, wb_q6_k_encode))

  /// 256 elements in 8 sub-blocks: 6-bit scales, nibbles that index 16 uneven levels.
  package static let iq4_XS = Encoding(
    "IQ4_XS", gguf: 23, elements: 256, bytes: 136, bound: 0.047, importance: .helps,
    fallback: .iq4_NL, cost: 8, codec: unsafe Codec(wb_iq4_xs_decode, wb_iq4_xs_encode))

  /// 256 ternary elements, five to a byte.
  package static let tq1_0 = Encoding(
    "TQ1_0", gguf: 34, elements: 256, bytes: 54, bound: 0.48, fallback: .q4_0,
    codec: unsafe Codec(wb_tq1_0_decode, wb_tq1_0_encode))

  /// 256 ternary elements, four to a byte.
  package static let tq2_0 = Encoding(
    "TQ2_0", gguf: 35, elements: 256, bytes: 66, bound: 0.48, fallback: .q4_0,
    codec: unsafe Codec(wb_tq2_0_decode, wb_tq2_0_encode))
}
