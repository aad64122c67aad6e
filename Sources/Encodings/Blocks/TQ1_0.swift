internal import CWeighbridgeKernels

/// 256 ternary elements, five to a byte.
package enum TQ1_0: KernelQuantizableEncoding {
  /// Identity and sizes.
  package static let traits = EncodingTraits(
    name: "TQ1_0", elementsPerBlock: 256, bytesPerBlock: 54,
    ggufType: 34, roundTripBound: 0.48)

  /// The C loops.
  package static var kernels: BlockKernels {
    unsafe BlockKernels(decode: wb_tq1_0_decode, encode: wb_tq1_0_encode)
  }
}
