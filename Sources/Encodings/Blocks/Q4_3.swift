/// 16 elements: half `d`, half `m`, nibbles in pairs; GGJT v1 only.
public enum Q4_3: TensorEncoding {
  /// Identity and sizes.
  public static let traits = EncodingTraits(
    name: "Q4_3", elementsPerBlock: 16, bytesPerBlock: 12,
    ggufType: 5)
}
