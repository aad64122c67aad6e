/// 256 ternary elements, four to a byte.
public enum TQ2_0: TensorEncoding {
  /// Identity and sizes.
  public static let traits = EncodingTraits(
    name: "TQ2_0", elementsPerBlock: 256, bytesPerBlock: 66,
    ggufType: 35)
}
