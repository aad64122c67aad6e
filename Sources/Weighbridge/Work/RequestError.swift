/// What is asked for makes no sense, whatever the input holds.
package struct RequestError: Error, Hashable, Sendable {
  /// What was asked and what would make sense.
  package let message: String
  /// How to go on, where there is advice to give.
  package let hint: String?

  /// Describes the request.
  package init(message: String, hint: String? = nil) {
    self.message = message
    self.hint = hint
  }
}
