/// Hears how far a long operation has come.
///
/// Called from any thread, so it must be cheap.
package protocol ProgressObserver: Sendable {
  /// An activity starts: `total` units of work, shown with a rate and the time left.
  func begin(_ activity: String, total: UInt64, unit: ProgressUnit)
  /// Part of the work is done.
  func advance(by amount: UInt64)
  /// Part of the work was done by an earlier run: it counts, but not for the rate.
  func skip(by amount: UInt64)
  /// Something is known before the activity is over: `perplexity 5.91`.
  func figure(_ text: String)
  /// The activity is over.
  func end()
}

extension ProgressObserver {
  /// The same as `advance`, unless the observer knows a rate.
  package func skip(by amount: UInt64) { advance(by: amount) }
  /// Ignored, unless the observer shows it.
  package func figure(_ text: String) {}
}

/// What the work of an activity is counted in.
package enum ProgressUnit: String, Hashable, Sendable {
  case bytes, tokens, tensors, layers
}

/// Hears and says nothing.
package struct SilentProgress: ProgressObserver {
  /// An observer for libraries and tests.
  package init() {}
  /// Ignored.
  package func begin(_ activity: String, total: UInt64, unit: ProgressUnit) {}
  /// Ignored.
  package func advance(by amount: UInt64) {}
  /// Ignored.
  package func end() {}
}
