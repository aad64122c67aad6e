/// 256 elements in 16 sub-blocks: 6-bit scales, 3-bit codes.
public enum Q3_K: TensorEncoding {
  /// Identity and sizes.
  public static let traits = EncodingTraits(
    name: "Q3_K", elementsPerBlock: 256, bytesPerBlock: 110,
    ggufType: 11, wideFields: [108..<110])
}
