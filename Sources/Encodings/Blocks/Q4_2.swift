/// 16 elements: half `d`, nibbles in pairs; GGJT v1 only.
public enum Q4_2: TensorEncoding {
  /// Identity and sizes.
  public static let traits = EncodingTraits(
    name: "Q4_2", elementsPerBlock: 16, bytesPerBlock: 10,
    ggufType: 4)
}
