/// 128 signs with a half scale.
public enum Q1_0: TensorEncoding {
  /// Identity and sizes.
  public static let traits = EncodingTraits(
    name: "Q1_0", elementsPerBlock: 128, bytesPerBlock: 18,
    ggufType: 41)
}
