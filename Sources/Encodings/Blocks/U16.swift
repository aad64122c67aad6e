internal import CKernels

/// An unsigned 16-bit integer.
public enum U16: KernelDecodableEncoding {
  /// Identity and sizes.
  public static let traits = EncodingTraits(
    name: "U16", elementsPerBlock: 1, bytesPerBlock: 2,
    safetensorsType: "U16")

  /// The C loops.
  public static var kernels: BlockKernels { unsafe BlockKernels(decode: wb_u16_decode) }
}
