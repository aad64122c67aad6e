/// 256 elements in 8 sub-blocks: 6-bit scales, nibbles that index 16 uneven levels.
public enum IQ4_XS: TensorEncoding {
  /// Identity and sizes.
  public static let traits = EncodingTraits(
    name: "IQ4_XS", elementsPerBlock: 256, bytesPerBlock: 136,
    ggufType: 23)
}
