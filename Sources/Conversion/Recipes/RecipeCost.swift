/// What a recipe costs: measured once, and kept beside its choices.
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

  init(_ bitsPerWeight: Double, plain: Figures? = nil, weighed: Figures? = nil) {
    self.bitsPerWeight = bitsPerWeight
    self.plain = plain
    self.weighed = weighed
  }
}

extension Recipe {
  typealias Figures = RecipeCost.Figures
}
