extension Recipe {
  /// Brain floating point: the range of single precision, 8 bits of mantissa.
  package static let bf16 = Recipe(
    "BF16", fileType: 32, base: "BF16", output: "BF16", kind: .plain)
}
