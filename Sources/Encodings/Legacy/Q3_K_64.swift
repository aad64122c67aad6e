internal import CWeighbridgeKernels

/// `Q3_K` of builds with super-blocks of 64: 4 sub-blocks of 16, 4-bit scales.
package enum Q3_K_64: KernelDecodableEncoding {
  /// Identity and sizes.
  package static let traits = EncodingTraits(
    name: "Q3_K.64", elementsPerBlock: 64, bytesPerBlock: 28)

  /// The C loops.
  package static var kernels: BlockKernels {
    unsafe BlockKernels(decode: wb_q3_k64_decode)
  }
}
