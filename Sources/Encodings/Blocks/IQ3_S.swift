internal import CKernels

/// 256 elements: groups of 4 from a codebook of 512, 3.44 bits.
public enum IQ3_S: KernelQuantizableEncoding {
  /// Identity and sizes.
  public static let traits = EncodingTraits(
    name: "IQ3_S", elementsPerBlock: 256, bytesPerBlock: 110,
    ggufType: 21, roundTripBound: 0.084)

  /// The C loops.
  public static var kernels: BlockKernels {
    unsafe BlockKernels(decode: wb_iq3_s_decode, encode: wb_iq3_s_encode)
  }
}
