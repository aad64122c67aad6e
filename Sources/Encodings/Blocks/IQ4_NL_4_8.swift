/// IQ4_NL with four rows interleaved by eight bytes; removed from GGML.
public enum IQ4_NL_4_8: TensorEncoding {
  /// Identity and sizes.
  public static let traits = EncodingTraits(
    name: "IQ4_NL_4_8", elementsPerBlock: 32, bytesPerBlock: 18,
    ggufType: 37)
}
