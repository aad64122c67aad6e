package import WeighbridgeModelIR

/// Something worth knowing that does not stop the work; what stops it is a `WeighbridgeError`.
public struct Diagnostic: Hashable, Sendable {
  /// How much it matters.
  public enum Severity: String, Hashable, Sendable, CaseIterable {
    /// For those who want to know everything.
    case note
    /// The result may not be what was meant.
    case warning
    /// What was checked is wrong.
    case error
  }

  /// How much it matters.
  public let severity: Severity
  /// A stable name for programs: `misencoded-blocks`.
  public let code: String
  /// The key, the tensor or the file it is about.
  public let place: String
  /// What was seen, in words.
  public let message: String
  /// How to go on, where there is advice to give.
  public let hint: String?

  /// Wraps what the modules underneath have noticed.
  package init(_ inner: WeighbridgeModelIR.Diagnostic) {
    severity =
      switch inner.severity {
      case .note: .note
      case .warning: .warning
      case .error: .error
      }
    (code, place, message, hint) = (inner.code, inner.place, inner.message, inner.hint)
  }

  /// Describes what was noticed.
  public init(
    _ severity: Severity, _ code: String, at place: String, _ message: String,
    hint: String? = nil
  ) {
    self.severity = severity
    self.code = code
    self.place = place
    self.message = message
    self.hint = hint
  }
}
