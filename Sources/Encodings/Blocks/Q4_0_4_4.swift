/// Q4_0 with four rows interleaved by four bytes; removed from GGML.
public enum Q4_0_4_4: TensorEncoding {
  /// Identity and sizes.
  public static let traits = EncodingTraits(
    name: "Q4_0_4_4", elementsPerBlock: 32, bytesPerBlock: 18,
    ggufType: 31)
}
