/// Reads tokens into statements: Jinja's grammar (jinja2/parser.py), with `generation` of transformers and
/// `break` and `continue` of Jinja's loop controls.
struct TemplateParser {
  private let tokens: [TemplateToken]
  private var index = 0
  /// How deep the construct being read is nested; deeper ones are refused before they overflow the stack.
  private var depth = 0
  private static let depthLimit = 200
  /// How high an expression may be: what is read without recursion is computed, and given up, with it.
  private static let heightLimit = 1000
  /// Loops around the current tag, within the same macro or block: where `break` may stand.
  var loops = 0
  /// Tags that end the bodies being read, innermost last, for messages.
  var awaited: [[String]] = []
  /// Statements whose tags are being read, innermost last, for messages.
  var openTags: [String] = []
  /// Whether the construct stands in a branch: unknown filters are an error there only when they run.
  var branches = 0

  /// The names of blocks, of which there is one each.
  var blocks: Set<String> = []

  init(_ tokens: [TemplateToken]) { self.tokens = tokens }

  /// The statements of a whole template.
  static func parse(_ source: some StringProtocol) throws(TemplateError) -> [Statement] {
    var parser = TemplateParser(try TemplateLexer.tokens(of: source))
    return try parser.body(until: [])
  }

  /// Where the parser stands among the tokens.
  var position: Int { index }

  /// The names among the tokens from `start` to here.
  func names(from start: Int) -> Set<String> {
    var names: Set<String> = []
    for token in tokens[start..<index] {
      if case .name(let name) = token.kind { names.insert(name) }
    }
    return names
  }

  var current: TemplateToken { tokens[index] }
  var next: TemplateToken { tokens[min(index + 1, tokens.count - 1)] }

  func fault(_ message: String, at place: Place? = nil) -> TemplateError {
    TemplateError(.syntax, message, at: place ?? current.place)
  }

  mutating func advance() { if index + 1 < tokens.count { index += 1 } }

  mutating func skip(name: String) -> Bool {
    guard current.isName(name) else { return false }
    advance()
    return true
  }

  mutating func skip(_ symbol: String) -> Bool {
    guard current.isSymbol(symbol) else { return false }
    advance()
    return true
  }

  mutating func expect(_ symbol: String) throws(TemplateError) {
    guard skip(symbol) else { throw unexpected(symbol) }
  }

  mutating func expect(name: String) throws(TemplateError) {
    guard skip(name: name) else { throw unexpected(name) }
  }

  mutating func expectName() throws(TemplateError) -> String {
    guard case .name(let name) = current.kind else { throw unexpected("name") }
    advance()
    return name
  }

  mutating func expectBlockEnd() throws(TemplateError) {
    guard current.kind == .blockEnd else { throw unexpected("end of statement block") }
    advance()
  }

  private func unexpected(_ expected: String) -> TemplateError {
    if current.kind == .end {
      return fault("unexpected end of template, expected '\(expected)'.")
    }
    return fault("expected token '\(expected)', got '\(current.description)'")
  }

  /// An expression that has grown by one, if it may be so high.
  static func grown(_ expression: Expression) throws(TemplateError) -> Expression {
    guard expression.height <= heightLimit else {
      throw TemplateError(
        .syntax, "an expression of more than \(heightLimit) parts within each other",
        at: expression.place)
    }
    return expression
  }

  /// Runs `read` one level deeper.
  mutating func nested<Result>(
    _ read: (inout TemplateParser) throws(TemplateError) -> Result
  ) throws(TemplateError) -> Result {
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.depthLimit else {
      throw fault("constructs are nested more than \(Self.depthLimit) deep")
    }
    return try read(&self)
  }

  /// Statements up to a block that begins with one of `ends`, which stays the current token.
  mutating func body(until ends: [String]) throws(TemplateError) -> [Statement] {
    if !ends.isEmpty { awaited.append(ends) }
    defer { if !ends.isEmpty { awaited.removeLast() } }
    var statements: [Statement] = []
    while true {
      let token = current
      switch token.kind {
      case .data(let text):
        statements.append(Statement(kind: .data(text), place: token.place))
        advance()
      case .variableBegin:
        advance()
        let value = try tuple()
        guard current.kind == .variableEnd else { throw unexpected("end of print statement") }
        advance()
        statements.append(Statement(kind: .print([value]), place: token.place))
      case .blockBegin:
        advance()
        if case .name(let name) = current.kind, ends.contains(name) { return statements }
        statements.append(try nested { (parser) throws(TemplateError) in try parser.statement() })
        try expectBlockEnd()
      default:
        guard ends.isEmpty, token.kind == .end else { throw missingEnd(nil) }
        return statements
      }
    }
  }

  /// The body of a statement: from the end of its tag to a tag that ends it, which is left current.
  mutating func statements(until ends: [String]) throws(TemplateError) -> [Statement] {
    _ = skip(":")
    try expectBlockEnd()
    return try body(until: ends)
  }

  /// What a missing or an unknown tag is told as.
  func missingEnd(_ name: String?) -> TemplateError {
    var message = name.map { "Encountered unknown tag '\($0)'." } ?? "Unexpected end of template."
    if let last = awaited.last {
      let tags = last.map { "'\($0)'" }.joined(separator: " or ")
      if let name, awaited.contains(where: { $0.contains(name) }) {
        message +=
          " You probably made a nesting mistake. Jinja is expecting this tag, but currently "
          + "looking for \(tags)."
      } else {
        message += " Jinja was looking for the following tags: \(tags)."
      }
    }
    if let last = openTags.last {
      message += " The innermost block that needs to be closed is '\(last)'."
    }
    return fault(message)
  }
}
