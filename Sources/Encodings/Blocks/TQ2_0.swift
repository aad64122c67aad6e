internal import CWeighbridgeKernels

/// 256 ternary elements, four to a byte.
package enum TQ2_0: KernelQuantizableEncoding {
  /// Identity and sizes.
  package static let traits = EncodingTraits(
    name: "TQ2_0", elementsPerBlock: 256, bytesPerBlock: 66,
    ggufType: 35, roundTripBound: 0.48)

  /// The C loops.
  package static var kernels: BlockKernels {
    unsafe BlockKernels(decode: wb_tq2_0_decode, encode: wb_tq2_0_encode)
  }
}
