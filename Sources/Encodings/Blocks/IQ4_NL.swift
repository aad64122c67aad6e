/// 32 elements: half `d`, nibbles that index 16 uneven levels.
public enum IQ4_NL: TensorEncoding {
  /// Identity and sizes.
  public static let traits = EncodingTraits(
    name: "IQ4_NL", elementsPerBlock: 32, bytesPerBlock: 18,
    ggufType: 20, wideFields: [0..<2])
}
