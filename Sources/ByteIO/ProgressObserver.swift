/// Hears how far a long operation has come.
///
/// Called from any thread, so it must be cheap.
public protocol ProgressObserver: Sendable {
  /// An activity starts: `total` units of work, shown with a rate and the time left.
  func begin(_ activity: String, total: UInt64, unit: ProgressUnit)
  /// Part of the work is done.
  func advance(by amount: UInt64)
  /// The activity is over.
  func end()
}

/// What the work of an activity is counted in.
public enum ProgressUnit: String, Hashable, Sendable {
  case bytes, tokens, tensors, layers
}

/// Hears and says nothing.
public struct SilentProgress: ProgressObserver {
  /// An observer for libraries and tests.
  public init() {}
  /// Ignored.
  public func begin(_ activity: String, total: UInt64, unit: ProgressUnit) {}
  /// Ignored.
  public func advance(by amount: UInt64) {}
  /// Ignored.
  public func end() {}
}
