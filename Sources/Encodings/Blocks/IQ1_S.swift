/// 256 elements: groups of 8 ternary values from a codebook of 2048, 1.56 bits.
public enum IQ1_S: TensorEncoding {
  /// Identity and sizes.
  public static let traits = EncodingTraits(
    name: "IQ1_S", elementsPerBlock: 256, bytesPerBlock: 50,
    ggufType: 19)
}
