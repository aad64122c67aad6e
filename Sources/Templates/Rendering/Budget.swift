/// What one rendering may use, so that a hostile template ends.
///
/// Every evaluated node costs a step, and whatever builds a text or a list costs a step for each sixteen
/// elements: time and memory are bounded together.
final class Budget {
  private var stepsLeft: Int
  /// The longest text or list.
  let lengthLimit: Int
  /// How deep calls and nested constructs may go.
  let depthLimit: Int
  private(set) var depth = 0

  init(_ limits: TemplateLimits) {
    stepsLeft = limits.steps
    lengthLimit = limits.outputLength
    depthLimit = limits.depth
  }

  /// Takes what `count` elements cost.
  func spend(_ count: Int = 0) throws(TemplateError) {
    stepsLeft -= 1 + count / 16
    if stepsLeft < 0 {
      throw TemplateError(.limit, "the template takes more steps than are allowed")
    }
  }

  /// Takes what a text or a list of `count` elements costs, of which `added` are new, if it may be so long.
  func checkLength(_ count: Int, adding added: Int? = nil) throws(TemplateError) {
    guard count <= lengthLimit else {
      throw TemplateError(
        .limit, "a text or list of more than \(lengthLimit) elements is not allowed")
    }
    try spend(added ?? count)
  }

  func enter() throws(TemplateError) {
    depth += 1
    if depth > depthLimit {
      throw TemplateError(.recursion, "maximum recursion depth exceeded")
    }
  }

  func leave() { depth -= 1 }
}

/// Limits of one rendering.
package struct TemplateLimits: Hashable, Sendable {
  /// Evaluated nodes, and sixteenths of the elements that are built.
  package var steps: Int
  /// Code points of the output, and of any text or list on the way.
  package var outputLength: Int
  /// Nested constructs and calls.
  package var depth: Int

  package init(steps: Int = 4_000_000, outputLength: Int = 16_000_000, depth: Int = 1_000) {
    self.steps = steps
    self.outputLength = outputLength
    self.depth = depth
  }
}
