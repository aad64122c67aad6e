/// 256 elements: groups of 4 from a codebook of 256, 3.06 bits.
public enum IQ3_XXS: TensorEncoding {
  /// Identity and sizes.
  public static let traits = EncodingTraits(
    name: "IQ3_XXS", elementsPerBlock: 256, bytesPerBlock: 98,
    ggufType: 18)
}
