extension Renderer {
  func run(_ loop: Statement.Loop, _ scope: Scope, _ output: inout Output) throws(TemplateError) {
    try run(loop, over: try evaluate(loop.values, scope), depth: 0, scope, &output)
  }

  private func run(
    _ loop: Statement.Loop, over values: Value, depth: Int, _ scope: Scope, _ output: inout Output
  ) throws(TemplateError) {
    let elements = try chosen(try budget.elements(of: values), for: loop, scope)
    let state = LoopState(elements, depth: depth, recurse: recursion(of: loop, scope))
    for (index, element) in elements.enumerated() {
      state.index = index
      let inner = Scope(in: scope)
      inner.set("loop", to: .loop(state))
      try assign(element, to: loop.target, inner)
      if try run(loop.body, inner, &output) == .breakLoop { return }
    }
    if elements.isEmpty { _ = try run(loop.otherwise, Scope(in: scope), &output) }
  }

  /// The elements that pass the loop's own test, which sees the loop's names.
  private func chosen(
    _ elements: [Value], for loop: Statement.Loop, _ scope: Scope
  ) throws(TemplateError) -> [Value] {
    guard let test = loop.test else { return elements }
    var chosen: [Value] = []
    for element in elements {
      try budget.spend()
      let inner = Scope(in: scope)
      try assign(element, to: loop.target, inner)
      if try evaluate(test, inner).isTrue { chosen.append(element) }
    }
    return chosen
  }

  private func recursion(
    of loop: Statement.Loop, _ scope: Scope
  ) -> (@Sendable (Renderer, Value, Int) throws(TemplateError) -> Text)? {
    guard loop.isRecursive else { return nil }
    let holder = ScopeHolder(scope)
    return { (renderer, values, depth) throws(TemplateError) in
      var output = Output()
      try renderer.budget.enter()
      defer { renderer.budget.leave() }
      try renderer.run(loop, over: values, depth: depth, holder.scope, &output)
      return output.text
    }
  }

  func assign(_ value: Value, to target: Target, _ scope: Scope) throws(TemplateError) {
    switch target {
    case .name(let name): scope.set(name, to: value)
    case .attribute(let name, let attribute):
      guard case .namespace(let namespace) = self.value(of: name, scope) else {
        throw TemplateError(.runtime, "cannot assign attribute on non-namespace object")
      }
      try Globals.checkNamespaceName(attribute)
      namespace.attributes.set(attribute, to: value)
    case .tuple(let targets):
      let values = try unpacked(value)
      guard values.count >= targets.count else {
        throw TemplateError(
          .value, "not enough values to unpack (expected \(targets.count), got \(values.count))")
      }
      guard values.count == targets.count else {
        throw TemplateError(.value, "too many values to unpack (expected \(targets.count))")
      }
      for (target, value) in zip(targets, values) { try assign(value, to: target, scope) }
    }
  }

  private func unpacked(_ value: Value) throws(TemplateError) -> [Value] {
    if let elements = value.elements { return elements }
    if case .undefined(let undefined) = value { throw undefined.error }
    throw TemplateError(.type, "cannot unpack non-iterable \(value.typeName) object")
  }
}

/// Carries a scope into a closure that runs on the thread that made it.
private final class ScopeHolder: @unchecked Sendable {
  let scope: Scope
  init(_ scope: Scope) { self.scope = scope }
}
