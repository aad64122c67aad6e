/// 256 elements: groups of 4 from a codebook of 512, 3.44 bits.
public enum IQ3_S: TensorEncoding {
  /// Identity and sizes.
  public static let traits = EncodingTraits(
    name: "IQ3_S", elementsPerBlock: 256, bytesPerBlock: 110,
    ggufType: 21)
}
