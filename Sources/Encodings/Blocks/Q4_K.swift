internal import CWeighbridgeKernels

/// 256 elements in 8 sub-blocks: 6-bit scales and minimums, 4-bit codes.
package enum Q4_K: KernelQuantizableEncoding {
  /// Identity and sizes.
  package static let traits = EncodingTraits(
    name: "Q4_K", elementsPerBlock: 256, bytesPerBlock: 144,
    ggufType: 12, wideFields: [0..<2, 2..<4], roundTripBound: 0.043)

  /// The C loops.
  package static var kernels: BlockKernels {
    unsafe BlockKernels(decode: wb_q4_k_decode, encode: wb_q4_k_encode)
  }
}
