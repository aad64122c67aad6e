extension Recipe {
  /// 2.7 bits; needs weights of importance.
  package static let iq2_M = Recipe(
    "IQ2_M", fileType: 29, base: "IQ2_S", output: "Q5_K", embedding: "IQ3_S", kind: .lowBit
  ) { context in
    LowBitRules.choose(context, strong: "IQ3_S", attentionOutput: "IQ3_S")
  }
}
