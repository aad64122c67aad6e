/// 32 elements of E2M1 with a shared power of two.
public enum MXFP4: TensorEncoding {
  /// Identity and sizes.
  public static let traits = EncodingTraits(
    name: "MXFP4", elementsPerBlock: 32, bytesPerBlock: 17,
    ggufType: 39, wideFields: [])
}
