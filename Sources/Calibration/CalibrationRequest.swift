package import WeighbridgeConversion
package import WeighbridgeInference

/// What a calibrated quantization is asked to do.
package struct CalibrationRequest: Sendable {
  /// How hard is worked.
  package var effort = Effort.good
  /// How large the tensors may be together; nil keeps the encodings of the recipe.
  package var budget: ByteBudget?
  /// No tensor whose name matches gets an encoding of fewer bits.
  package var minimumTypes: [TensorTypeRule] = []
  /// Encodings that are given.
  package var kept: [TensorTypeRule] = []
  /// The output whose journal keeps what was encoded, and all that the question is but for encodings; nil
  /// for no journal.
  package var journal: (output: String, question: String)?
  /// Whether only the encodings are wanted, and no blocks.
  package var isDryRun = false

  /// A request for good work at a recipe's encodings.
  package init() {}
}

/// What a calibrated quantization did.
package struct CalibrationReport: Sendable {
  /// How hard was worked.
  package internal(set) var effort: Effort
  /// Windows that statistics come from, and those that were held back.
  package internal(set) var windows = 0
  /// Windows that judge.
  package internal(set) var heldBackWindows = 0
  /// What was chosen for each tensor, with what it is predicted to add; empty without a budget.
  package internal(set) var choices: [(name: String, choice: Allocation.Choice)] = []
  /// What the encodings are predicted to make of the divergence together; nil where it is not known.
  package internal(set) var predicted: Double?
  /// Sizes of all tensors and predicted divergences.
  package internal(set) var frontier: [Allocation.Point] = []
  /// Tensors that were encoded under feedback.
  package internal(set) var outcomes: [CalibratedQuantization.Outcome] = []
  /// The divergence on what was held back after each step, the first being llama.cpp's recipe.
  package internal(set) var steps: [(name: String, divergence: Estimate)] = []
  /// What was encoded, for a run that goes on; it is removed once the output is written.
  package internal(set) var journal: CalibrationJournal?
  /// The divergence on what was held back: of llama.cpp's recipe, and of the result.
  package internal(set) var measured: (recipe: String, plain: Estimate, calibrated: Estimate)?
  /// Whether the recipe was better on what was held back, so that it was written instead.
  package internal(set) var fellBack = false
  /// The encodings as a recipe that can be run again.
  package internal(set) var recipe: String?
  /// What the user should know.
  package internal(set) var notes: [String] = []

  init(effort: Effort) { self.effort = effort }
}
