/// 256 elements: groups of 8 from a codebook of 1024, 2.56 bits.
public enum IQ2_S: TensorEncoding {
  /// Identity and sizes.
  public static let traits = EncodingTraits(
    name: "IQ2_S", elementsPerBlock: 256, bytesPerBlock: 82,
    ggufType: 22)
}
