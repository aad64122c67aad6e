internal import CKernels

/// A signed byte.
public enum I8: KernelDecodableEncoding {
  /// Identity and sizes.
  public static let traits = EncodingTraits(
    name: "I8", elementsPerBlock: 1, bytesPerBlock: 1,
    ggufType: 24, safetensorsType: "I8")

  /// The C loops.
  public static var kernels: BlockKernels { unsafe BlockKernels(decode: wb_i8_decode) }
}
