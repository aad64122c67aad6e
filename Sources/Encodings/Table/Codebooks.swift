internal import CWeighbridgeKernels

// Groups of elements that are words of a codebook.

extension Encoding {
  static let codebooks: [Encoding] = [
    .iq2_XXS, .iq2_XS, .iq3_XXS, .iq1_S, .iq3_S, .iq2_S, .iq1_M,
  ]

  /// 256 elements: groups of 8 from a codebook of 256, 2.06 bits.
  package static let iq2_XXS = Encoding(
    "IQ2_XXS", gguf: 16, elements: 256, bytes: 66, bound: 0.21, importance: .required,
    fallback: .iq4_NL, cost: 50, codec: unsafe Codec(wb_iq2_xxs_decode, wb_iq2_xxs_encode))

  /// 256 elements: groups of 8 from a codebook of 512, 2.31 bits.
  package static let iq2_XS = Encoding(
    "IQ2_XS", gguf: 17, elements: 256, bytes: 74, bound: 0.19, importance: .required,
    fallback: .iq4_NL, cost: 50, codec: unsafe Codec(wb_iq2_xs_decode, wb_iq2_xs_encode))

  /// 256 elements: groups of 4 from a codebook of 256, 3.06 bits.
  package static let iq3_XXS = Encoding(
    "IQ3_XXS", gguf: 18, elements: 256, bytes: 98, bound: 0.11, importance: .expected,
    fallback: .iq4_NL, cost: 50, codec: unsafe Codec(wb_iq3_xxs_decode, wb_iq3_xxs_encode))

  /// 256 elements: groups of 8 ternary values from a codebook of 2048, 1.56 bits.
  package static let iq1_S = Encoding(
    "IQ1_S", gguf: 19, elements: 256, bytes: 50, bound: 0.30, importance: .required,
    fallback: .iq4_NL, cost: 50, codec: unsafe Codec(wb_iq1_s_decode, wb_iq1_s_encode))

  /// 256 elements: groups of 4 from a codebook of 512, 3.44 bits.
  package static let iq3_S = Encoding(
    "IQ3_S", gguf: 21, elements: 256, bytes: 110, bound: 0.084, importance: .helps,
    fallback: .iq4_NL, cost: 50, codec: unsafe Codec(wb_iq3_s_decode, wb_iq3_s_encode),
    amendment: .iq3_S)

  /// 256 elements: groups of 8 from a codebook of 1024, 2.56 bits.
  package static let iq2_S = Encoding(
    "IQ2_S", gguf: 22, elements: 256, bytes: 82, bound: 0.15, importance: .expected,
    fallback: .iq4_NL, cost: 50, codec: unsafe Codec(wb_iq2_s_decode, wb_iq2_s_encode))

  /// 256 elements: groups of 8 ternary values from a codebook of 2048, 1.75 bits.
  package static let iq1_M = Encoding(
    "IQ1_M", gguf: 29, elements: 256, bytes: 56, bound: 0.28, importance: .expected,
    fallback: .iq4_NL, cost: 50, codec: unsafe Codec(wb_iq1_m_decode, wb_iq1_m_encode))
}
