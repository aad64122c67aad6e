internal import CKernels

/// An unsigned 64-bit integer; decoding rounds beyond 2^24.
public enum U64: KernelDecodableEncoding {
  /// Identity and sizes.
  public static let traits = EncodingTraits(
    name: "U64", elementsPerBlock: 1, bytesPerBlock: 8,
    safetensorsType: "U64")

  /// The C loops.
  public static var kernels: BlockKernels { unsafe BlockKernels(decode: wb_u64_decode) }
}
