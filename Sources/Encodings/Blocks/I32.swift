internal import CKernels

/// A signed 32-bit integer; decoding rounds beyond 2^24.
public enum I32: KernelDecodableEncoding {
  /// Identity and sizes.
  public static let traits = EncodingTraits(
    name: "I32", elementsPerBlock: 1, bytesPerBlock: 4,
    ggufType: 26, safetensorsType: "I32")

  /// The C loops.
  public static var kernels: BlockKernels { unsafe BlockKernels(decode: wb_i32_decode) }
}
