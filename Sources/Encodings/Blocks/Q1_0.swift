internal import CWeighbridgeKernels

/// 128 signs with a half scale.
package enum Q1_0: KernelQuantizableEncoding {
  /// Identity and sizes.
  package static let traits = EncodingTraits(
    name: "Q1_0", elementsPerBlock: 128, bytesPerBlock: 18,
    ggufType: 41, roundTripBound: 0.37)

  /// The C loops.
  package static var kernels: BlockKernels {
    unsafe BlockKernels(decode: wb_q1_0_decode, encode: wb_q1_0_encode)
  }
}
