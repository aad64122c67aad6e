extension Recipe {
  /// 2.3 bits; needs weights of importance.
  package static let iq2_XS = Recipe(
    "IQ2_XS", fileType: 20, base: "IQ2_XS", output: "Q5_K", embedding: "Q2_K", kind: .lowBit
  ) { context in
    LowBitRules.choose(context, strong: "Q2_K", attentionOutput: nil)
  }
}
