internal import CWeighbridgeKernels

/// 256 elements in 16 sub-blocks: 6-bit scales, 3-bit codes.
package enum Q3_K: KernelQuantizableEncoding {
  /// Identity and sizes.
  package static let traits = EncodingTraits(
    name: "Q3_K", elementsPerBlock: 256, bytesPerBlock: 110,
    ggufType: 11, wideFields: [108..<110], roundTripBound: 0.088)

  /// The C loops.
  package static var kernels: BlockKernels {
    unsafe BlockKernels(decode: wb_q3_k_decode, encode: wb_q3_k_encode)
  }
}
