internal import CKernels

/// `Q8_0` until 19 May 2023: single `d`, signed bytes; `q·d`.
public enum Q8_0_GGJT1: KernelRepackableEncoding {
  /// Identity and sizes.
  public static let traits = EncodingTraits(
    name: "Q8_0.ggjt1", elementsPerBlock: 32, bytesPerBlock: 36)

  /// The C loops.
  public static var kernels: BlockKernels {
    unsafe BlockKernels(decode: wb_q8_0_wide_decode)
  }

  /// What the codes fit into.
  public static let target: any QuantizableEncoding.Type = Q8_0.self

  /// The C loop that moves the codes.
  public static var repacker: BlockRepacker {
    unsafe BlockRepacker(wb_q8_0_wide_repack)
  }
}
