internal import CWeighbridgeKernels

/// 256 elements: single `d`, signed bytes, sums of 16.
///
/// An intermediate of dot products.
package enum Q8_K: KernelDecodableEncoding {
  /// Identity and sizes.
  package static let traits = EncodingTraits(
    name: "Q8_K", elementsPerBlock: 256, bytesPerBlock: 292,
    ggufType: 15)

  /// The C loops.
  package static var kernels: BlockKernels { unsafe BlockKernels(decode: wb_q8_k_decode) }
}
