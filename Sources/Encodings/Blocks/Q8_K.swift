/// 256 elements: single `d`, signed bytes, sums of 16.
///
/// An intermediate of dot products.
public enum Q8_K: TensorEncoding {
  /// Identity and sizes.
  public static let traits = EncodingTraits(
    name: "Q8_K", elementsPerBlock: 256, bytesPerBlock: 292,
    ggufType: 15)
}
