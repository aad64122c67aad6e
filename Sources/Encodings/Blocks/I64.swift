internal import CKernels

/// A signed 64-bit integer; decoding rounds beyond 2^24.
public enum I64: KernelDecodableEncoding {
  /// Identity and sizes.
  public static let traits = EncodingTraits(
    name: "I64", elementsPerBlock: 1, bytesPerBlock: 8,
    ggufType: 27, safetensorsType: "I64")

  /// The C loops.
  public static var kernels: BlockKernels { unsafe BlockKernels(decode: wb_i64_decode) }
}
