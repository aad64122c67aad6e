internal import CKernels

/// 32 elements: half `d`, fifth bits, nibbles; `(q − 16)·d`.
public enum Q5_0: KernelQuantizableEncoding {
  /// Identity and sizes.
  public static let traits = EncodingTraits(
    name: "Q5_0", elementsPerBlock: 32, bytesPerBlock: 22,
    ggufType: 6, roundTripBound: 0.024)

  /// The C loops.
  public static var kernels: BlockKernels {
    unsafe BlockKernels(decode: wb_q5_0_decode, encode: wb_q5_0_encode)
  }
}
