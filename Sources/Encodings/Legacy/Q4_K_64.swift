internal import CKernels

/// `Q4_K` of builds with super-blocks of 64: 2 sub-blocks of 32.
///
/// Each fits a block of `Q4_1`.
public enum Q4_K_64: KernelRepackableEncoding {
  /// Identity and sizes.
  public static let traits = EncodingTraits(
    name: "Q4_K.64", elementsPerBlock: 64, bytesPerBlock: 38)

  /// The C loops.
  public static var kernels: BlockKernels {
    unsafe BlockKernels(decode: wb_q4_k64_decode)
  }

  /// What the codes fit into.
  public static let target: any QuantizableEncoding.Type = Q4_1.self

  /// The C loop that moves the codes.
  public static var repacker: BlockRepacker {
    unsafe BlockRepacker(wb_q4_k64_repack)
  }
}
