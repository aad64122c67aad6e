/// What a recipe costs: measured once, kept as data, and measured again by a test.
///
/// Specs/recipes.md, "What recipes cost", says how.
package struct RecipeCost: Sendable {
  /// A divergence and what goes with it.
  package struct Figures: Sendable {
    /// The mean KL divergence from the model in F16, in nats a token.
    package let divergence: Double
    /// Its standard error.
    package let error: Double
    /// Tokens whose most likely successor stays the same, in percent.
    package let sameTop: Double

    init(_ divergence: Double, _ error: Double, _ sameTop: Double) {
      self.divergence = divergence
      self.error = error
      self.sameTop = sameTop
    }
  }

  /// Bits per weight of the whole model.
  package let bitsPerWeight: Double
  /// Without an importance matrix; nil where the recipe needs one.
  package let plain: Figures?
  /// With one; nil where it changes nothing.
  package let weighed: Figures?

  private init(_ bitsPerWeight: Double, _ plain: Figures?, _ weighed: Figures?) {
    self.bitsPerWeight = bitsPerWeight
    self.plain = plain
    self.weighed = weighed
  }

  /// The cost of a recipe; nil for one that was never measured.
  package static func of(_ recipe: Recipe) -> RecipeCost? {
    // A switch, not a dictionary: one literal of all of them takes the compiler minutes.
    switch recipe.name {
    case "F32": RecipeCost(32.00, Figures(0, 0, 100.0), nil)
    case "F16": RecipeCost(16.01, Figures(0, 0, 100.0), nil)
    case "BF16": RecipeCost(16.01, Figures(0, 0, 100.0), nil)
    case "Q8_0": RecipeCost(8.51, Figures(5.7e-05, 1e-06, 99.3), nil)
    case "Q6_K": RecipeCost(6.58, Figures(0.00059, 1e-05, 97.6), Figures(0.00055, 1e-05, 97.8))
    case "Q5_K_M": RecipeCost(5.73, Figures(0.00194, 4e-05, 96.0), Figures(0.00188, 4e-05, 95.9))
    case "Q5_K_S": RecipeCost(5.59, Figures(0.00203, 4e-05, 95.9), Figures(0.00194, 4e-05, 96.0))
    case "Q5_1": RecipeCost(6.06, Figures(0.00235, 5e-05, 95.5), Figures(0.00181, 3e-05, 95.9))
    case "Q5_0": RecipeCost(5.59, Figures(0.00279, 6e-05, 95.6), Figures(0.00262, 6e-05, 95.8))
    case "Q4_K_M": RecipeCost(4.92, Figures(0.00746, 0.0002, 93.1), Figures(0.00707, 0.0002, 93.5))
    case "Q4_K_S": RecipeCost(4.70, Figures(0.00738, 0.0002, 93.3), Figures(0.00706, 0.0002, 93.5))
    case "Q4_1": RecipeCost(5.13, Figures(0.00895, 0.0002, 92.3), Figures(0.0075, 0.0002, 93.0))
    case "Q4_0": RecipeCost(4.66, Figures(0.0117, 0.0003, 91.2), Figures(0.0106, 0.0003, 91.5))
    case "IQ4_NL": RecipeCost(4.66, Figures(0.00844, 0.0002, 92.3), Figures(0.00834, 0.0002, 92.7))
    case "IQ4_XS": RecipeCost(4.43, Figures(0.00862, 0.0002, 91.9), Figures(0.00857, 0.0002, 92.4))
    case "MXFP4_MOE": RecipeCost(8.51, Figures(5.7e-05, 1e-06, 99.3), nil)
    case "Q3_K_L": RecipeCost(4.34, Figures(0.022, 0.0005, 87.8), Figures(0.021, 0.0005, 88.9))
    case "Q3_K_M": RecipeCost(4.04, Figures(0.0234, 0.0005, 87.4), Figures(0.0224, 0.0005, 88.2))
    case "Q3_K_S": RecipeCost(3.68, Figures(0.033, 0.0007, 85.7), Figures(0.0307, 0.0006, 85.9))
    case "IQ3_M": RecipeCost(3.79, Figures(0.0366, 0.0008, 83.7), Figures(0.0282, 0.0009, 86.1))
    case "IQ3_S": RecipeCost(3.68, Figures(0.0375, 0.0009, 83.4), Figures(0.0285, 0.001, 86.4))
    case "IQ3_XS": RecipeCost(3.52, nil, Figures(0.0375, 0.001, 85.1))
    case "IQ3_XXS": RecipeCost(3.25, nil, Figures(0.0485, 0.001, 83.1))
    case "Q2_K": RecipeCost(3.19, Figures(0.107, 0.002, 75.3), Figures(0.103, 0.002, 76.1))
    case "Q2_K_S": RecipeCost(2.92, nil, Figures(0.123, 0.002, 74.1))
    case "IQ2_M": RecipeCost(2.95, nil, Figures(0.0658, 0.001, 79.0))
    case "IQ2_S": RecipeCost(2.76, nil, Figures(0.0893, 0.002, 77.5))
    case "IQ2_XS": RecipeCost(2.59, nil, Figures(0.128, 0.002, 73.0))
    case "IQ2_XXS": RecipeCost(2.39, nil, Figures(0.159, 0.003, 70.3))
    case "IQ1_M": RecipeCost(2.15, nil, Figures(0.227, 0.004, 65.5))
    case "IQ1_S": RecipeCost(2.01, nil, Figures(0.266, 0.004, 62.3))
    case "TQ2_0": RecipeCost(2.58, Figures(0.982, 0.01, 31.0), nil)
    case "TQ1_0": RecipeCost(2.26, Figures(0.982, 0.01, 31.0), nil)
    case "Q2_0": RecipeCost(2.74, Figures(0.615, 0.008, 42.9), nil)
    case "Q1_0": RecipeCost(1.53, Figures(0.974, 0.01, 32.1), nil)
    default: nil
    }
  }
}
