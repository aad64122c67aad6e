internal import CWeighbridgeKernels

/// `Q4_K` of builds with super-blocks of 64: 2 sub-blocks of 32.
///
/// Each fits a block of `Q4_1`.
package enum Q4_K_64: KernelRepackableEncoding {
  /// Identity and sizes.
  package static let traits = EncodingTraits(
    name: "Q4_K.64", elementsPerBlock: 64, bytesPerBlock: 38)

  /// The C loops.
  package static var kernels: BlockKernels {
    unsafe BlockKernels(decode: wb_q4_k64_decode)
  }

  /// What the codes fit into.
  package static let target: any QuantizableEncoding.Type = Q4_1.self

  /// The C loop that moves the codes.
  package static var repacker: BlockRepacker {
    unsafe BlockRepacker(wb_q4_k64_repack)
  }
}
