internal import CWeighbridgeKernels

/// `Q2_K` of builds with super-blocks of 64: 4 sub-blocks of 16.
package enum Q2_K_64: KernelDecodableEncoding {
  /// Identity and sizes.
  package static let traits = EncodingTraits(
    name: "Q2_K.64", elementsPerBlock: 64, bytesPerBlock: 24)

  /// The C loops.
  package static var kernels: BlockKernels {
    unsafe BlockKernels(decode: wb_q2_k64_decode)
  }
}
