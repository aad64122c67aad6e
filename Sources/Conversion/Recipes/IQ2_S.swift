extension Recipe {
  /// 2.5 bits; needs weights of importance.
  package static let iq2_S = Recipe(
    "IQ2_S", fileType: 28, base: "IQ2_XS", output: "Q5_K", embedding: "IQ3_S", kind: .lowBit
  ) { context in
    LowBitRules.choose(context, strong: "IQ3_S", attentionOutput: "IQ3_S")
  }
}
