internal import CKernels

/// An unsigned 32-bit integer; decoding rounds beyond 2^24.
public enum U32: KernelDecodableEncoding {
  /// Identity and sizes.
  public static let traits = EncodingTraits(
    name: "U32", elementsPerBlock: 1, bytesPerBlock: 4,
    safetensorsType: "U32")

  /// The C loops.
  public static var kernels: BlockKernels { unsafe BlockKernels(decode: wb_u32_decode) }
}
