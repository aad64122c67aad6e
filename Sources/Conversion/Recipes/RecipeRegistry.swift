internal import WeighbridgeEncodings

/// Every recipe, in the order in which they are shown.
///
/// A new one is a file beside this and a line here.
package enum RecipeRegistry {
  /// All recipes.
  package static let all: [Recipe] = [
    .f32, .f16, .bf16, .q8_0, .q6_K, .q5_K_M, .q5_K_S, .q5_1, .q5_0, .q4_K_M, .q4_K_S, .q4_1,
    .q4_0, .iq4_NL, .iq4_XS, .mxfp4_MoE, .q3_K_L, .q3_K_M, .q3_K_S, .iq3_M, .iq3_S, .iq3_XS,
    .iq3_XXS, .q2_K, .q2_K_S, .iq2_M, .iq2_S, .iq2_XS, .iq2_XXS, .iq1_M, .iq1_S, .tq2_0, .tq1_0,
    .q2_0, .q1_0,
  ]

  /// The recipe with a name, or an alias, in any case.
  package static func named(_ name: String) -> Recipe? {
    let upper = name.uppercased()
    return all.first { $0.name == upper || $0.aliases.contains(upper) }
  }
}
