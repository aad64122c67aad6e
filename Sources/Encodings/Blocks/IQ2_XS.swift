/// 256 elements: groups of 8 from a codebook of 512, 2.31 bits.
public enum IQ2_XS: TensorEncoding {
  /// Identity and sizes.
  public static let traits = EncodingTraits(
    name: "IQ2_XS", elementsPerBlock: 256, bytesPerBlock: 74,
    ggufType: 17)
}
