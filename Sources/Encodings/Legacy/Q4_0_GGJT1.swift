internal import CWeighbridgeKernels

/// `Q4_0` until 12 May 2023: single `d`, nibbles in pairs; `(q − 8)·d`.
package enum Q4_0_GGJT1: KernelRepackableEncoding {
  /// Identity and sizes.
  package static let traits = EncodingTraits(
    name: "Q4_0.ggjt1", elementsPerBlock: 32, bytesPerBlock: 20)

  /// The C loops.
  package static var kernels: BlockKernels {
    unsafe BlockKernels(decode: wb_q4_0_pairs_decode)
  }

  /// What the codes fit into.
  package static let target: any QuantizableEncoding.Type = Q4_0.self

  /// The C loop that moves the codes.
  package static var repacker: BlockRepacker {
    unsafe BlockRepacker(wb_q4_0_pairs_repack)
  }
}
