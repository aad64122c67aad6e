internal import CWeighbridgeKernels

/// `Q4_1` until 12 May 2023: single `d` and `m`, nibbles in pairs; `q·d + m`.
package enum Q4_1_GGJT1: KernelRepackableEncoding {
  /// Identity and sizes.
  package static let traits = EncodingTraits(
    name: "Q4_1.ggjt1", elementsPerBlock: 32, bytesPerBlock: 24)

  /// The C loops.
  package static var kernels: BlockKernels {
    unsafe BlockKernels(decode: wb_q4_1_pairs_decode)
  }

  /// What the codes fit into.
  package static let target: any QuantizableEncoding.Type = Q4_1.self

  /// The C loop that moves the codes.
  package static var repacker: BlockRepacker {
    unsafe BlockRepacker(wb_q4_1_pairs_repack)
  }
}
