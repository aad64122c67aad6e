internal import CKernels

/// A byte that is zero or one; decodes as an unsigned byte.
public enum BOOL: KernelDecodableEncoding {
  /// Identity and sizes.
  public static let traits = EncodingTraits(
    name: "BOOL", elementsPerBlock: 1, bytesPerBlock: 1,
    safetensorsType: "BOOL")

  /// The C loops.
  public static var kernels: BlockKernels { unsafe BlockKernels(decode: wb_u8_decode) }
}
