/// 64 elements of E2M1 in four groups, each with an E4M3 scale.
public enum NVFP4: TensorEncoding {
  /// Identity and sizes.
  public static let traits = EncodingTraits(
    name: "NVFP4", elementsPerBlock: 64, bytesPerBlock: 36,
    ggufType: 40, wideFields: [])
}
