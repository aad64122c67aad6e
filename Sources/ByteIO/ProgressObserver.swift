/// Hears how far a long operation has come.
///
/// Called from any thread, so it must be cheap.
package protocol ProgressObserver: Sendable {
  /// An activity starts: `total` units of work, shown with a rate and the time left.
  func begin(_ activity: String, total: UInt64, unit: ProgressUnit)
  /// Part of the work is done.
  func advance(by amount: UInt64)
  /// The activity is over.
  func end()
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
