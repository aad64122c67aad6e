/// 256 ternary elements, five to a byte.
public enum TQ1_0: TensorEncoding {
  /// Identity and sizes.
  public static let traits = EncodingTraits(
    name: "TQ1_0", elementsPerBlock: 256, bytesPerBlock: 54,
    ggufType: 34)
}
