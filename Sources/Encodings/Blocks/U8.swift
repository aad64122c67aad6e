internal import CKernels

/// An unsigned byte.
public enum U8: KernelDecodableEncoding {
  /// Identity and sizes.
  public static let traits = EncodingTraits(
    name: "U8", elementsPerBlock: 1, bytesPerBlock: 1,
    safetensorsType: "U8")

  /// The C loops.
  public static var kernels: BlockKernels { unsafe BlockKernels(decode: wb_u8_decode) }
}
