internal import CWeighbridgeKernels

/// 256 elements: groups of 8 from a codebook of 1024, 2.56 bits.
package enum IQ2_S: KernelQuantizableEncoding {
  /// Identity and sizes.
  package static let traits = EncodingTraits(
    name: "IQ2_S", elementsPerBlock: 256, bytesPerBlock: 82,
    ggufType: 22, roundTripBound: 0.15)

  /// The C loops.
  package static var kernels: BlockKernels {
    unsafe BlockKernels(decode: wb_iq2_s_decode, encode: wb_iq2_s_encode)
  }
}
