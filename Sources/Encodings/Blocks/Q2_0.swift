/// 64 elements of two bits with a half scale: −1, 0, 1, 2.
public enum Q2_0: TensorEncoding {
  /// Identity and sizes.
  public static let traits = EncodingTraits(
    name: "Q2_0", elementsPerBlock: 64, bytesPerBlock: 18,
    ggufType: 42)
}
