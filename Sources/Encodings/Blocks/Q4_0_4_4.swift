/// Q4_0 with four rows interleaved by four bytes; removed from GGML.
package enum Q4_0_4_4: InterleavedEncoding {
  /// Identity and sizes.
  package static let traits = EncodingTraits(
    name: "Q4_0_4_4", elementsPerBlock: 32, bytesPerBlock: 18,
    ggufType: 31)

  /// The rows, their encoding, and how their codes are mixed.
  package static var interleaving: Interleaving {
    Interleaving(base: Q4_0.self, rows: 4, chunkBytes: 4, flippedBits: 0x88)
  }
}
