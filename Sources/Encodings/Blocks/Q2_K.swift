internal import CWeighbridgeKernels

/// 256 elements in 16 sub-blocks: 4-bit scales and minimums, 2-bit codes.
package enum Q2_K: KernelQuantizableEncoding {
  /// Identity and sizes.
  package static let traits = EncodingTraits(
    name: "Q2_K", elementsPerBlock: 256, bytesPerBlock: 84,
    ggufType: 10, wideFields: [80..<82, 82..<84], roundTripBound: 0.16)

  /// The C loops.
  package static var kernels: BlockKernels {
    unsafe BlockKernels(decode: wb_q2_k_decode, encode: wb_q2_k_encode)
  }
}
