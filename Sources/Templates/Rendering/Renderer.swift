/// Renders a template once.
final class Renderer {
  let budget: Budget
  /// What the template is given, beneath its own names.
  private let variables: [String: Value]
  /// The time that `strftime_now` shows.
  let now: TemplateTime
  private let root: Scope
  private var scopes: [Scope] = []
  /// Whether `autoescape` is on.
  var escapes = false

  init(_ variables: [String: Value], now: TemplateTime, limits: TemplateLimits) {
    self.variables = variables
    self.now = now
    budget = Budget(limits)
    root = Scope(in: nil)
  }

  /// What the template writes.
  func render(_ statements: [Statement]) throws(TemplateError) -> String {
    defer {
      root.clear()
      for scope in scopes { scope.clear() }
    }
    var output = Output()
    let flow = try run(statements, root, &output)
    precondition(flow == .onward, "a loop's control outside of a loop was parsed")
    return output.text.string
  }

  /// The value of a name: the template's, what it was given, or a function of the environment.
  func value(of name: String, _ scope: Scope) -> Value {
    scope[name] ?? variables[name] ?? Globals.named(name) ?? .undefined(.name(name))
  }

  /// How a list of statements ended.
  enum Flow: Hashable { case onward, breakLoop, continueLoop }

  /// Text that is being written.
  struct Output {
    private(set) var text = Text("")

    mutating func append(_ more: Text, _ budget: Budget) throws(TemplateError) {
      try budget.checkLength(text.count + more.count, adding: more.count)
      text.scalars.append(contentsOf: more.scalars)
    }
  }

  /// Keeps a scope to be cleared at the end, for a macro that was defined in it.
  func remember(_ scope: Scope) { scopes.append(scope) }

  func run(
    _ statements: [Statement], _ scope: Scope, _ output: inout Output
  ) throws(TemplateError) -> Flow {
    for statement in statements {
      try budget.spend()
      try budget.enter()
      defer { budget.leave() }
      do throws(TemplateError) {
        let flow = try run(statement, scope, &output)
        if flow != .onward { return flow }
      } catch { throw error.placed(at: statement.place) }
    }
    return .onward
  }

  private func run(
    _ statement: Statement, _ scope: Scope, _ output: inout Output
  ) throws(TemplateError) -> Flow {
    switch statement.kind {
    case .data(let text): try output.append(text, budget)
    case .print(let values):
      for value in values { try output.append(written(try evaluate(value, scope)), budget) }
    case .condition(let branches, let otherwise):
      for branch in branches where try evaluate(branch.test, scope).isTrue {
        return try run(branch.body, scope, &output)
      }
      return try run(otherwise, scope, &output)
    case .loop(let loop): try run(loop, scope, &output)
    case .assign(let target, let value): try assign(try evaluate(value, scope), to: target, scope)
    case .assignBlock(let target, let filters, let body):
      let (text, flow) = try captured(body, Scope(in: scope))
      // A loop that is left from within takes what was written so far with it.
      guard flow == .onward else { return flow }
      var value = Value.string(text)
      if let filters { value = try evaluate(filters, scope, filtering: value) }
      try assign(value, to: target, scope)
    case .with(let pairs, let body):
      let inner = Scope(in: scope)
      for (target, value) in pairs { try assign(try evaluate(value, scope), to: target, inner) }
      return try run(body, inner, &output)
    case .macro(let definition):
      remember(scope)
      guard let name = definition.name else { break }
      scope.set(name, to: .macro(Macro(definition, in: scope, at: statement.place)))
    case .call(let call, let caller):
      let macro = Macro(caller, in: scope, at: statement.place)
      try output.append(written(try evaluate(call, scope, caller: .macro(macro))), budget)
    case .filter(let filters, let body):
      let (text, flow) = try captured(body, Scope(in: scope))
      guard flow == .onward else { return flow }
      try output.append(written(try evaluate(filters, scope, filtering: .string(text))), budget)
    case .block(let body, let isScoped):
      return try run(body, Scope(in: isScoped ? scope : root), &output)
    case .scope(let body): return try run(body, Scope(in: scope), &output)
    case .autoescape(let value, let body):
      let before = escapes
      escapes = try evaluate(value, scope).isTrue
      defer { escapes = before }
      return try run(body, Scope(in: scope), &output)
    case .breakLoop: return .breakLoop
    case .continueLoop: return .continueLoop
    case .load:
      throw TemplateError(.type, "no loader for this environment specified")
    }
    return .onward
  }

  /// A value as it is written out.
  func written(_ value: Value) -> Text {
    if escapes {
      if case .string(let text) = value, text.isMarkup { return text }
      return value.printed(upTo: budget.lengthLimit).escaped
    }
    return value.printed(upTo: budget.lengthLimit)
  }

  /// What statements write, as a text, and how they ended.
  private func captured(
    _ body: [Statement], _ scope: Scope
  ) throws(TemplateError) -> (text: Text, flow: Flow) {
    var output = Output()
    let flow = try run(body, scope, &output)
    return (Text(output.text.scalars, isMarkup: escapes), flow)
  }
}
