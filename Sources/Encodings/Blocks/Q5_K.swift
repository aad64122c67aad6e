internal import CWeighbridgeKernels

/// 256 elements in 8 sub-blocks: 6-bit scales and minimums, 5-bit codes.
package enum Q5_K: KernelQuantizableEncoding {
  /// Identity and sizes.
  package static let traits = EncodingTraits(
    name: "Q5_K", elementsPerBlock: 256, bytesPerBlock: 176,
    ggufType: 13, wideFields: [0..<2, 2..<4], roundTripBound: 0.021)

  /// The C loops.
  package static var kernels: BlockKernels {
    unsafe BlockKernels(decode: wb_q5_k_decode, encode: wb_q5_k_encode)
  }
}
