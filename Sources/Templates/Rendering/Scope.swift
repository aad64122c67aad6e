/// Names that a block set, over those around it.
final class Scope {
  private var values: [String: Value] = [:]
  private let outer: Scope?

  init(in outer: Scope?) { self.outer = outer }

  subscript(name: String) -> Value? {
    var scope: Scope? = self
    while let current = scope {
      if let value = current.values[name] { return value }
      scope = current.outer
    }
    return nil
  }

  func set(_ name: String, to value: Value) { values[name] = value }

  /// Forgets everything: macros hold the scope that holds them.
  func clear() { values = [:] }
}

/// A macro with the scope in which it was defined, whose names it sees as they are when it is called.
final class Macro: @unchecked Sendable {
  // A rendering runs on one thread; nothing of it is seen by another.
  let definition: MacroDefinition
  let scope: Scope
  let place: Place

  init(_ definition: MacroDefinition, in scope: Scope, at place: Place) {
    self.definition = definition
    self.scope = scope
    self.place = place
  }
}

/// `loop`: where a loop stands.
final class LoopState: @unchecked Sendable {
  // As for `Macro`.
  let values: [Value]
  /// The current element, from 0.
  var index = -1
  /// How many loops around this one called it recursively.
  let depth: Int
  /// Renders the loop's body over other values; nil where the loop is not `recursive`.
  let recurse: (@Sendable (Renderer, Value, Int) throws(TemplateError) -> Text)?
  private var lastChanged: [Value]?

  init(
    _ values: [Value], depth: Int,
    recurse: (@Sendable (Renderer, Value, Int) throws(TemplateError) -> Text)?
  ) {
    self.values = values
    self.depth = depth
    self.recurse = recurse
  }

  /// One of Jinja's attributes of `loop`.
  func attribute(_ name: String) -> Value? {
    switch name {
    case "index": .integer(index + 1)
    case "index0": .integer(index)
    case "revindex": .integer(values.count - index)
    case "revindex0": .integer(values.count - index - 1)
    case "first": .bool(index == 0)
    case "last": .bool(index == values.count - 1)
    case "length": .integer(values.count)
    case "depth": .integer(depth + 1)
    case "depth0": .integer(depth)
    case "previtem":
      index > 0
        ? values[index - 1] : .undefined(Undefined(message: "there is no previous item"))
    case "nextitem":
      index + 1 < values.count
        ? values[index + 1] : .undefined(Undefined(message: "there is no next item"))
    case "cycle":
      .function(Function("cycle") { _, call throws(TemplateError) in try self.cycle(call) })
    case "changed":
      .function(
        Function("changed") { (renderer, call) throws(TemplateError) in
          try renderer.budget.weigh(.list(call.positional))
          return .bool(self.isChanged(call))
        })
    default: nil
    }
  }

  private func cycle(_ call: CallValues) throws(TemplateError) -> Value {
    guard !call.positional.isEmpty else {
      throw TemplateError(.type, "no items for cycling given")
    }
    return call.positional[index % call.positional.count]
  }

  private func isChanged(_ call: CallValues) -> Bool {
    if let last = lastChanged, Value.list(last).isEqual(to: .list(call.positional)) { return false }
    lastChanged = call.positional
    return true
  }
}
