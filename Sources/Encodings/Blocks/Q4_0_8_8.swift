/// Q4_0 with eight rows interleaved by eight bytes; removed from GGML.
package enum Q4_0_8_8: InterleavedEncoding {
  /// Identity and sizes.
  package static let traits = EncodingTraits(
    name: "Q4_0_8_8", elementsPerBlock: 32, bytesPerBlock: 18,
    ggufType: 33)

  /// The rows, their encoding, and how their codes are mixed.
  package static var interleaving: Interleaving {
    Interleaving(base: Q4_0.self, rows: 8, chunkBytes: 8, flippedBits: 0x88)
  }
}
