internal import CWeighbridgeKernels

/// 256 elements: groups of 8 from a codebook of 256, 2.06 bits.
package enum IQ2_XXS: KernelQuantizableEncoding {
  /// Identity and sizes.
  package static let traits = EncodingTraits(
    name: "IQ2_XXS", elementsPerBlock: 256, bytesPerBlock: 66,
    ggufType: 16, roundTripBound: 0.21)

  /// The C loops.
  package static var kernels: BlockKernels {
    unsafe BlockKernels(decode: wb_iq2_xxs_decode, encode: wb_iq2_xxs_encode)
  }
}
