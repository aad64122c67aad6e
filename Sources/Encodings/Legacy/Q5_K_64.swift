internal import CWeighbridgeKernels

/// `Q5_K` of builds with super-blocks of 64: 4 sub-blocks of 16, 8-bit scales, no minimums.
package enum Q5_K_64: KernelDecodableEncoding {
  /// Identity and sizes.
  package static let traits = EncodingTraits(
    name: "Q5_K.64", elementsPerBlock: 64, bytesPerBlock: 46)

  /// The C loops.
  package static var kernels: BlockKernels {
    unsafe BlockKernels(decode: wb_q5_k64_decode)
  }
}
