extension Recipe {
  /// Half precision.
  package static let f16 = Recipe(
    "F16", fileType: 1, base: "F16", output: "F16", kind: .plain)
}
