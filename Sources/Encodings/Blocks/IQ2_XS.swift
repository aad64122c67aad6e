internal import CWeighbridgeKernels

/// 256 elements: groups of 8 from a codebook of 512, 2.31 bits.
package enum IQ2_XS: KernelQuantizableEncoding {
  /// Identity and sizes.
  package static let traits = EncodingTraits(
    name: "IQ2_XS", elementsPerBlock: 256, bytesPerBlock: 74,
    ggufType: 17, roundTripBound: 0.19)

  /// The C loops.
  package static var kernels: BlockKernels {
    unsafe BlockKernels(decode: wb_iq2_xs_decode, encode: wb_iq2_xs_encode)
  }
}
