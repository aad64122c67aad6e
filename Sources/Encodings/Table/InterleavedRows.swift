// Rows mixed for certain CPUs, as files held them until late 2024 (ENC-60).

extension Encoding {
  static let interleavedRows: [Encoding] = [
    .q4_0_4_4, .q4_0_4_8, .q4_0_8_8, .iq4_NL_4_4, .iq4_NL_4_8, .iq4_NL_8_8,
  ]

  /// Q4_0 with four rows interleaved by four bytes; removed from GGML.
  package static let q4_0_4_4 = Encoding(
    "Q4_0_4_4", gguf: 31, elements: 32, bytes: 18,
    interleaving: Interleaving(of: .q4_0, rows: 4, chunkBytes: 4, flippedBits: 0x88))

  /// Q4_0 with four rows interleaved by eight bytes; removed from GGML.
  package static let q4_0_4_8 = Encoding(
    "Q4_0_4_8", gguf: 32, elements: 32, bytes: 18,
    interleaving: Interleaving(of: .q4_0, rows: 4, chunkBytes: 8, flippedBits: 0x88))

  /// Q4_0 with eight rows interleaved by eight bytes; removed from GGML.
  package static let q4_0_8_8 = Encoding(
    "Q4_0_8_8", gguf: 33, elements: 32, bytes: 18,
    interleaving: Interleaving(of: .q4_0, rows: 8, chunkBytes: 8, flippedBits: 0x88))

  /// IQ4_NL with four rows interleaved by four bytes; removed from GGML.
  package static let iq4_NL_4_4 = Encoding(
    "IQ4_NL_4_4", gguf: 36, elements: 32, bytes: 18,
    interleaving: Interleaving(of: .iq4_NL, rows: 4, chunkBytes: 4, flippedBits: 0))

  /// IQ4_NL with four rows interleaved by eight bytes; removed from GGML.
  package static let iq4_NL_4_8 = Encoding(
    "IQ4_NL_4_8", gguf: 37, elements: 32, bytes: 18,
    interleaving: Interleaving(of: .iq4_NL, rows: 4, chunkBytes: 8, flippedBits: 0))

  /// IQ4_NL with eight rows interleaved by eight bytes; removed from GGML.
  package static let iq4_NL_8_8 = Encoding(
    "IQ4_NL_8_8", gguf: 38, elements: 32, bytes: 18,
    interleaving: Interleaving(of: .iq4_NL, rows: 8, chunkBytes: 8, flippedBits: 0))
}
