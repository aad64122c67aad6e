/// IQ4_NL with eight rows interleaved by eight bytes; removed from GGML.
package enum IQ4_NL_8_8: InterleavedEncoding {
  /// Identity and sizes.
  package static let traits = EncodingTraits(
    name: "IQ4_NL_8_8", elementsPerBlock: 32, bytesPerBlock: 18,
    ggufType: 38)

  /// The rows, their encoding, and how their codes are mixed.
  package static var interleaving: Interleaving {
    Interleaving(base: IQ4_NL.self, rows: 8, chunkBytes: 8, flippedBits: 0)
  }
}
