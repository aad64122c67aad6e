/// IQ4_NL with four rows interleaved by eight bytes; removed from GGML.
package enum IQ4_NL_4_8: InterleavedEncoding {
  /// Identity and sizes.
  package static let traits = EncodingTraits(
    name: "IQ4_NL_4_8", elementsPerBlock: 32, bytesPerBlock: 18,
    ggufType: 37)

  /// The rows, their encoding, and how their codes are mixed.
  package static var interleaving: Interleaving {
    Interleaving(base: IQ4_NL.self, rows: 4, chunkBytes: 8, flippedBits: 0)
  }
}
