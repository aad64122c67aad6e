/// An expression with its place.
struct Expression: Sendable {
  let kind: Kind
  let place: Place
  /// Expressions from here to the deepest one inside: `a + b + c` is deeper than `a + b`.
  let height: Int

  init(kind: Kind, place: Place) {
    self.kind = kind
    self.place = place
    height = 1 + kind.innerHeight
  }

  indirect enum Kind: Sendable {
    case constant(Value)
    case name(String)
    case list([Expression])
    case tuple([Expression])
    case dictionary([(key: Expression, value: Expression)])
    /// `a.b`
    case attribute(Expression, String)
    /// `a[b]`
    case item(Expression, Expression)
    /// `a[b:c:d]`
    case slice(Expression, from: Expression?, to: Expression?, step: Expression?)
    case call(Expression, CallArguments)
    /// `value | filter`; no value for the filters of a block.
    case filter(Expression?, String, CallArguments)
    case test(Expression, String, CallArguments)
    case not(Expression)
    case negate(Expression)
    case plus(Expression)
    case and(Expression, Expression)
    case or(Expression, Expression)
    /// `a if condition else b`
    case conditional(condition: Expression, Expression, otherwise: Expression?)
    case binary(BinaryOperator, Expression, Expression)
    /// `a ~ b ~ c`
    case concatenation([Expression])
    /// `a < b <= c`
    case comparison(Expression, [(Comparison, Expression)])
  }

  enum BinaryOperator: String, Sendable {
    case add = "+"
    case subtract = "-"
    case multiply = "*"
    case divide = "/"
    case floorDivide = "//"
    case remainder = "%"
    case power = "**"
  }

  enum Comparison: String, Sendable {
    case equal = "=="
    case notEqual = "!="
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
    case contained = "in"
    case notContained = "not in"
  }
}

/// The arguments of a call, a filter or a test, as written.
struct CallArguments: Sendable {
  var positional: [Expression] = []
  var keywords: [(name: String, value: Expression)] = []
  /// What `*values` stands for.
  var unpacked: Expression?
  /// What `**values` stands for.
  var unpackedKeywords: Expression?

  static let none = CallArguments()
}

/// What is assigned to.
indirect enum Target: Sendable {
  case name(String)
  /// `namespace.attribute`
  case attribute(String, String)
  case tuple([Target])
}

/// A statement or a piece of output with its place.
struct Statement: Sendable {
  let kind: Kind
  let place: Place

  indirect enum Kind: Sendable {
    case data(Text)
    case print([Expression])
    case condition([(test: Expression, body: [Statement])], otherwise: [Statement])
    case loop(Loop)
    case assign(Target, Expression)
    case assignBlock(Target, filters: Expression?, [Statement])
    case with([(Target, Expression)], [Statement])
    case macro(MacroDefinition)
    /// `call(arguments) macro(…)`: the body is what the macro knows as `caller`.
    case call(Expression, MacroDefinition)
    case filter(Expression, [Statement])
    /// A named block; its body sees the whole template's names alone unless it is scoped.
    case block([Statement], isScoped: Bool)
    /// A body with names of its own: `generation`, `autoescape`.
    case scope([Statement])
    case autoescape(Expression, [Statement])
    case breakLoop
    case continueLoop
    /// `include`, `import`, `extends`: there is nothing to load from.
    case load(Expression)
  }

  struct Loop: Sendable {
    let target: Target
    let values: Expression
    let test: Expression?
    let isRecursive: Bool
    let body: [Statement]
    let otherwise: [Statement]
  }
}

/// A macro, or the body of a `call` block.
struct MacroDefinition: Sendable {
  let name: String?
  let parameters: [String]
  /// Of the last parameters.
  let defaults: [Expression]
  let body: [Statement]
  /// Which of `caller`, `varargs` and `kwargs` the body uses: they are filled only then.
  let uses: Set<String>
}
