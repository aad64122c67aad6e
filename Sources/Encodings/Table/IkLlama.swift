// Types that only ik_llama.cpp writes and whose rows are whole blocks: sizes, so that such files can be
// listed, copied and split. Types with a header in every row are not blocks and are left out.

extension Encoding {
  static let ikLlama: [Encoding] = [
    .q8_0_X4, .q8_1_X4, .q8_2_X4, .q6_0, .iq2_K, .iq3_K, .iq4_K, .iq5_K, .iq6_K,
  ]

  /// `Q8_0_X4` of ik_llama.cpp, known by its size.
  package static let q8_0_X4 = Encoding(
    "Q8_0_X4", gguf: 97, elements: 32, bytes: 34)

  /// `Q8_1_X4` of ik_llama.cpp, known by its size.
  package static let q8_1_X4 = Encoding(
    "Q8_1_X4", gguf: 98, elements: 32, bytes: 36)

  /// `Q8_2_X4` of ik_llama.cpp, known by its size.
  package static let q8_2_X4 = Encoding(
    "Q8_2_X4", gguf: 99, elements: 32, bytes: 36)

  /// `Q6_0` of ik_llama.cpp, known by its size.
  package static let q6_0 = Encoding(
    "Q6_0", gguf: 133, elements: 32, bytes: 26)

  /// `IQ2_K` of ik_llama.cpp, known by its size.
  package static let iq2_K = Encoding(
    "IQ2_K", gguf: 137, elements: 256, bytes: 76)

  /// `IQ3_K` of ik_llama.cpp, known by its size.
  package static let iq3_K = Encoding(
    "IQ3_K", gguf: 138, elements: 256, bytes: 110)

  /// `IQ4_K` of ik_llama.cpp, known by its size.
  package static let iq4_K = Encoding(
    "IQ4_K", gguf: 139, elements: 256, bytes: 144)

  /// `IQ5_K` of ik_llama.cpp, known by its size.
  package static let iq5_K = Encoding(
    "IQ5_K", gguf: 140, elements: 256, bytes: 176)

  /// `IQ6_K` of ik_llama.cpp, known by its size.
  package static let iq6_K = Encoding(
    "IQ6_K", gguf: 141, elements: 256, bytes: 212)
}
