extension Recipe {
  /// Single precision: no loss, for comparisons.
  package static let f32 = Recipe(
    "F32", fileType: 0, base: "F32", output: "F32", kind: .plain)
}
