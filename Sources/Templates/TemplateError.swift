/// A template that cannot be read, or that failed while it was rendered.
package struct TemplateError: Error, Hashable, Sendable {
  /// What went wrong, named as Python and Jinja name it, since template authors know these names.
  package enum Kind: String, Hashable, Sendable, CaseIterable {
    /// The template cannot be parsed.
    case syntax = "TemplateSyntaxError"
    /// The template uses a filter or a test that does not exist.
    case assertion = "TemplateAssertionError"
    /// The template called `raise_exception`.
    case raised = "TemplateError"
    /// Something undefined was used.
    case undefined = "UndefinedError"
    /// An operation does not fit a value's type.
    case type = "TypeError"
    /// A value is out of an operation's domain.
    case value = "ValueError"
    /// The template reached for something that the sandbox keeps away.
    case security = "SecurityError"
    /// A filter was given arguments that it does not take.
    case filterArgument = "FilterArgumentError"
    case runtime = "TemplateRuntimeError"
    case assertionFailed = "AssertionError"
    case key = "KeyError"
    case index = "IndexError"
    case zeroDivision = "ZeroDivisionError"
    /// A number leaves what is represented, or a range is too long.
    case overflow = "OverflowError"
    /// Calls or expressions are nested too deeply.
    case recursion = "RecursionError"
    /// The template takes more steps, or writes more, than is allowed.
    case limit = "LimitError"
  }

  package let kind: Kind
  package let message: String
  /// Where in the template, both from 1; 0 where the place is not known.
  package private(set) var line = 0
  package private(set) var column = 0

  init(_ kind: Kind, _ message: String, at place: Place? = nil) {
    self.kind = kind
    self.message = message
    if let place { (line, column) = (place.line, place.column) }
  }

  /// The error with a place, where it has none yet: the innermost construct that failed counts.
  func placed(at place: Place) -> TemplateError {
    guard line == 0 else { return self }
    return TemplateError(kind, message, at: place)
  }
}

/// A place in a template.
struct Place: Hashable, Sendable {
  /// From 1.
  let line: Int
  /// In code points, from 1.
  let column: Int
}
