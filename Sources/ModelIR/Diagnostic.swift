/// Something that the user should know and that does not stop the work.
///
/// What stops it is an error. Libraries collect diagnostics and never print them.
package struct Diagnostic: Hashable, Sendable {
  /// How much it matters.
  package enum Severity: String, Hashable, Sendable { case note, warning, error }
  /// How much it matters.
  package let severity: Severity
  /// A stable name: `misencoded-blocks`.
  package let code: String
  /// The key, the tensor or the file it is about.
  package let place: String
  /// What was seen, in words.
  package let message: String
  /// How to go on, where there is advice to give.
  package let hint: String?

  /// Describes what was seen.
  package init(
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
