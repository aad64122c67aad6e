internal import CWeighbridgeKernels

/// 256 elements: groups of 4 from a codebook of 256, 3.06 bits.
package enum IQ3_XXS: KernelQuantizableEncoding {
  /// Identity and sizes.
  package static let traits = EncodingTraits(
    name: "IQ3_XXS", elementsPerBlock: 256, bytesPerBlock: 98,
    ggufType: 18, roundTripBound: 0.11)

  /// The C loops.
  package static var kernels: BlockKernels {
    unsafe BlockKernels(decode: wb_iq3_xxs_decode, encode: wb_iq3_xxs_encode)
  }
}
