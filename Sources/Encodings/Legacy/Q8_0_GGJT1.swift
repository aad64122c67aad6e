internal import CWeighbridgeKernels

/// `Q8_0` until 19 May 2023: single `d`, signed bytes; `q·d`.
package enum Q8_0_GGJT1: KernelRepackableEncoding {
  /// Identity and sizes.
  package static let traits = EncodingTraits(
    name: "Q8_0.ggjt1", elementsPerBlock: 32, bytesPerBlock: 36)

  /// The C loops.
  package static var kernels: BlockKernels {
    unsafe BlockKernels(decode: wb_q8_0_wide_decode)
  }

  /// What the codes fit into.
  package static let target: any QuantizableEncoding.Type = Q8_0.self

  /// The C loop that moves the codes.
  package static var repacker: BlockRepacker {
    unsafe BlockRepacker(wb_q8_0_wide_repack)
  }
}
