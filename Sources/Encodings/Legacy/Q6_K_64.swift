internal import CWeighbridgeKernels

/// `Q6_K` of builds with super-blocks of 64: 4 sub-blocks of 16.
package enum Q6_K_64: KernelDecodableEncoding {
  /// Identity and sizes.
  package static let traits = EncodingTraits(
    name: "Q6_K.64", elementsPerBlock: 64, bytesPerBlock: 54)

  /// The C loops.
  package static var kernels: BlockKernels {
    unsafe BlockKernels(decode: wb_q6_k64_decode)
  }
}
