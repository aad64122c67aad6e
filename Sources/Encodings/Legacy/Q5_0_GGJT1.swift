internal import CWeighbridgeKernels

/// `Q5_0` until 12 May 2023: half `d`, fifth bits, nibbles in pairs; `(q − 16)·d`.
package enum Q5_0_GGJT1: KernelRepackableEncoding {
  /// Identity and sizes.
  package static let traits = EncodingTraits(
    name: "Q5_0.ggjt1", elementsPerBlock: 32, bytesPerBlock: 22)

  /// The C loops.
  package static var kernels: BlockKernels {
    unsafe BlockKernels(decode: wb_q5_0_pairs_decode)
  }

  /// What the codes fit into.
  package static let target: any QuantizableEncoding.Type = Q5_0.self

  /// The C loop that moves the codes.
  package static var repacker: BlockRepacker {
    unsafe BlockRepacker(wb_q5_0_pairs_repack)
  }
}
