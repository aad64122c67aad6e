/// 256 elements: groups of 8 from a codebook of 256, 2.06 bits.
public enum IQ2_XXS: TensorEncoding {
  /// Identity and sizes.
  public static let traits = EncodingTraits(
    name: "IQ2_XXS", elementsPerBlock: 256, bytesPerBlock: 66,
    ggufType: 16)
}
