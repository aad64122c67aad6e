internal import CWeighbridgeKernels

// Blocks with one or two scales.

extension Encoding {
  static let simpleBlocks: [Encoding] = [
    .q4_0, .q4_1, .q4_2, .q4_3, .q5_0, .q5_1, .q8_0, .q8_1, .q8_K, .iq4_NL, .mxfp4, .nvfp4, .q1_0,
    .q2_0,
  ]

  /// 32 elements: half `d`, nibbles `q`; `(q − 8)·d`.
  package static let q4_0 = Encoding(
    "Q4_0", gguf: 2, elements: 32, bytes: 18, wideFields: [0..<2], bound: 0.049, importance: .helps,
    fallback: .f16, codec: unsafe Codec(wb_q4_0_decode, wb_q4_0_encode))

  /// 32 elements: half `d`, half `m`, nibbles `q`; `q·d + m`.
  package static let q4_1 = Encoding(
    "Q4_1", gguf: 3, elements: 32, bytes: 20, wideFields: [0..<2, 2..<4], bound: 0.042,
    importance: .helps, fallback: .f16, codec: unsafe Codec(wb_q4_1_decode, wb_q4_1_encode))

  /// 16 elements: half `d`, nibbles in pairs; GGJT v1 only.
  package static let q4_2 = Encoding(
    "Q4_2", gguf: 4, elements: 16, bytes: 10, codec: unsafe Codec(wb_q4_2_decode))

  /// 16 elements: half `d`, half `m`, nibbles in pairs; GGJT v1 only.
  package static let q4_3 = Encoding(
    "Q4_3", gguf: 5, elements: 16, bytes: 12, codec: unsafe Codec(wb_q4_3_decode))

  /// 32 elements: half `d`, fifth bits, nibbles; `(q − 16)·d`.
  package static let q5_0 = Encoding(
    "Q5_0", gguf: 6, elements: 32, bytes: 22, bound: 0.024, importance: .helps, fallback: .f16,
    codec: unsafe Codec(wb_q5_0_decode, wb_q5_0_encode))

  /// 32 elements: half `d`, half `m`, fifth bits, nibbles; `q·d + m`.
  package static let q5_1 = Encoding(
    "Q5_1", gguf: 7, elements: 32, bytes: 24, bound: 0.02, importance: .helps, fallback: .f16,
    codec: unsafe Codec(wb_q5_1_decode, wb_q5_1_encode))

  /// 32 elements: half `d`, signed bytes `q`, value `q·d`.
  ///
  /// Importance does not change it.
  package static let q8_0 = Encoding(
    "Q8_0", gguf: 8, elements: 32, bytes: 34, wideFields: [0..<2], bound: 0.0032, fallback: .f16,
    codec: unsafe Codec(wb_q8_0_decode, wb_q8_0_encode))

  /// 32 elements: half `d`, half sum, signed bytes.
  ///
  /// An intermediate of dot products.
  package static let q8_1 = Encoding(
    "Q8_1", gguf: 9, elements: 32, bytes: 36, codec: unsafe Codec(wb_q8_1_decode))

  /// 256 elements: single `d`, signed bytes, sums of 16.
  ///
  /// An intermediate of dot products.
  package static let q8_K = Encoding(
    "Q8_K", gguf: 15, elements: 256, bytes: 292, codec: unsafe Codec(wb_q8_k_decode))

  /// 32 elements: half `d`, nibbles that index 16 uneven levels.
  package static let iq4_NL = Encoding(
    "IQ4_NL", gguf: 20, elements: 32, bytes: 18, wideFields: [0..<2], bound: 0.046,
    importance: .helps, fallback: .f16, cost: 8,
    codec: unsafe Codec(wb_iq4_nl_decode, wb_iq4_nl_encode))

  /// 32 elements of E2M1 with a shared power of two.
  package static let mxfp4 = Encoding(
    "MXFP4", gguf: 39, elements: 32, bytes: 17, wideFields: [], bound: 0.07, fallback: .f16,
    codec: unsafe Codec(wb_mxfp4_decode, wb_mxfp4_encode))

  /// 64 elements of E2M1 in four groups, each with an E4M3 scale.
  package static let nvfp4 = Encoding(
    "NVFP4", gguf: 40, elements: 64, bytes: 36, wideFields: [], bound: 0.061, cost: 8,
    codec: unsafe Codec(wb_nvfp4_decode, wb_nvfp4_encode))

  /// 128 signs with a half scale.
  package static let q1_0 = Encoding(
    "Q1_0", gguf: 41, elements: 128, bytes: 18, bound: 0.37,
    codec: unsafe Codec(wb_q1_0_decode, wb_q1_0_encode))

  /// 64 elements of two bits with a half scale: −1, 0, 1, 2.
  package static let q2_0 = Encoding(
    "Q2_0", gguf: 42, elements: 64, bytes: 18, bound: 0.43, fallback: .q4_0,
    codec: unsafe Codec(wb_q2_0_decode, wb_q2_0_encode))
}
