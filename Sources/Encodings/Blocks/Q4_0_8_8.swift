/// Q4_0 with eight rows interleaved by eight bytes; removed from GGML.
public enum Q4_0_8_8: TensorEncoding {
  /// Identity and sizes.
  public static let traits = EncodingTraits(
    name: "Q4_0_8_8", elementsPerBlock: 32, bytesPerBlock: 18,
    ggufType: 33)
}
