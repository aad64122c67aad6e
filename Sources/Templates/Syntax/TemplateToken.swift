/// What a template is cut into.
struct TemplateToken: Hashable, Sendable {
  enum Kind: Hashable, Sendable {
    /// Text between tags, as it is written out.
    case data(Text)
    case variableBegin
    case variableEnd
    case blockBegin
    case blockEnd
    case name(String)
    case string(Text)
    case integer(Int)
    case float(Double)
    /// An operator or a bracket, as it is spelt.
    case symbol(String)
    case end
  }

  let kind: Kind
  let place: Place

  /// What Jinja calls it in its messages.
  var description: String {
    switch kind {
    case .data: "template data / text"
    case .variableBegin: "begin of print statement"
    case .variableEnd: "end of print statement"
    case .blockBegin: "begin of statement block"
    case .blockEnd: "end of statement block"
    case .name(let name): name
    case .string(let text): text.string
    case .integer(let value): "\(value)"
    case .float(let value): PythonNumber.text(value)
    case .symbol(let symbol): symbol
    case .end: "end of template"
    }
  }

  func isName(_ name: String) -> Bool { kind == .name(name) }
  func isSymbol(_ symbol: String) -> Bool { kind == .symbol(symbol) }
}
