internal import WeighbridgeByteIO

/// Hears how far long work has come, and what is worth knowing on the way.
///
/// Called from any thread, so it must be cheap and must not throw.
public protocol ActivityObserver: Sendable {
  /// An activity starts: so much work in a unit.
  func began(_ activity: String, total: UInt64, unit: WorkUnit)
  /// Part of the work is done.
  func advanced(by amount: UInt64)
  /// Part of the work was done by an interrupted run.
  func skipped(_ amount: UInt64)
  /// Something is known before the activity is over: `perplexity 5.91`.
  func found(_ figure: String)
  /// The activity is over.
  func ended()
  /// The work of an interrupted run was verified and is taken up: so many bytes are there.
  func resumed(bytes: UInt64, of total: UInt64)
  /// Something was noticed that does not stop the work.
  func noticed(_ diagnostic: Diagnostic)
}

extension ActivityObserver {
  /// The same as `advanced`, unless the observer knows a rate.
  public func skipped(_ amount: UInt64) { advanced(by: amount) }
  /// Ignored, unless the observer shows it.
  public func found(_ figure: String) {}
  /// Ignored, unless the observer wants to know.
  public func resumed(bytes: UInt64, of total: UInt64) {}
  /// Ignored, unless the observer wants to know.
  public func noticed(_ diagnostic: Diagnostic) {}
}

/// What the work of an activity is counted in.
public enum WorkUnit: String, Hashable, Sendable, CaseIterable {
  case bytes, tokens, tensors, layers
}

/// Passes on what the modules underneath report.
struct ObservedProgress: ProgressObserver {
  let observer: any ActivityObserver

  func begin(_ activity: String, total: UInt64, unit: ProgressUnit) {
    let unit: WorkUnit =
      switch unit {
      case .bytes: .bytes
      case .tokens: .tokens
      case .tensors: .tensors
      case .layers: .layers
      }
    observer.began(activity, total: total, unit: unit)
  }

  func advance(by amount: UInt64) { observer.advanced(by: amount) }

  func skip(by amount: UInt64) { observer.skipped(amount) }

  func figure(_ text: String) { observer.found(text) }

  func end() { observer.ended() }
}
