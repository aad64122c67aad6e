/// IQ4_NL with four rows interleaved by four bytes; removed from GGML.
package enum IQ4_NL_4_4: InterleavedEncoding {
  /// Identity and sizes.
  package static let traits = EncodingTraits(
    name: "IQ4_NL_4_4", elementsPerBlock: 32, bytesPerBlock: 18,
    ggufType: 36)

  /// The rows, their encoding, and how their codes are mixed.
  package static var interleaving: Interleaving {
    Interleaving(base: IQ4_NL.self, rows: 4, chunkBytes: 4, flippedBits: 0)
  }
}
