internal import CWeighbridgeKernels

/// 256 elements in 16 sub-blocks: 8-bit scales, 6-bit codes.
package enum Q6_K: KernelQuantizableEncoding {
  /// Identity and sizes.
  package static let traits = EncodingTraits(
    name: "Q6_K", elementsPerBlock: 256, bytesPerBlock: 210,
    ggufType: 14, wideFields: [208..<210], roundTripBound: 0.01)

  /// The C loops.
  package static var kernels: BlockKernels {
    unsafe BlockKernels(decode: wb_q6_k_decode, encode: wb_q6_k_encode)
  }
}
