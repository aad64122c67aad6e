internal import CWeighbridgeKernels

/// 64 elements of two bits with a half scale: −1, 0, 1, 2.
package enum Q2_0: KernelQuantizableEncoding {
  /// Identity and sizes.
  package static let traits = EncodingTraits(
    name: "Q2_0", elementsPerBlock: 64, bytesPerBlock: 18,
    ggufType: 42, roundTripBound: 0.43)

  /// The C loops.
  package static var kernels: BlockKernels {
    unsafe BlockKernels(decode: wb_q2_0_decode, encode: wb_q2_0_encode)
  }
}
