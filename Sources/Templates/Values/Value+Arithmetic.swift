#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

// Python's arithmetic. Integers have 64 bits here; what leaves them is an error, never another number.

extension Value {
  static func overflow(_ symbol: String) -> TemplateError {
    TemplateError(.overflow, "the result of '\(symbol)' does not fit into 64 bits")
  }

  /// `left symbol right`.
  static func apply(
    _ symbol: Expression.BinaryOperator, _ left: Value, _ right: Value, _ budget: Budget
  ) throws(TemplateError) -> Value {
    for value in [left, right] {
      if case .undefined(let undefined) = value { throw undefined.error }
    }
    if let a = left.integer, let b = right.integer { return try integers(symbol, a, b) }
    if let a = left.number, let b = right.number { return .float(try floats(symbol, a, b)) }
    switch (symbol, left, right) {
    case (.add, .string(let a), .string(let b)): return .string(try joined(a, b, budget))
    case (.add, .list(let a), .list(let b)):
      try budget.spend(listing: a.count + b.count)
      return .list(a + b)
    case (.add, .tuple(let a), .tuple(let b)):
      try budget.spend(listing: a.count + b.count)
      return .tuple(a + b)
    case (.multiply, _, _):
      if let count = right.integer, let result = try left.repeated(count, budget) { return result }
      if let count = left.integer, let result = try right.repeated(count, budget) { return result }
    case (.remainder, .string(let format), _):
      return .string(try PercentFormat.apply(format, right, budget))
    default: break
    }
    throw mismatch(symbol, left, right)
  }

  private static func mismatch(
    _ symbol: Expression.BinaryOperator, _ left: Value, _ right: Value
  ) -> TemplateError {
    if symbol == .add {
      switch left {
      case .string, .list, .tuple:
        let name = left.typeName == "Markup" ? "str" : left.typeName
        return TemplateError(
          .type, "can only concatenate \(name) (not \"\(right.typeName)\") to \(name)")
      default: break
      }
    }
    if symbol == .multiply {
      let sequence = [left, right].first { value in
        switch value {
        case .string, .list, .tuple: true
        default: false
        }
      }
      if sequence != nil {
        let other = left.text != nil || left.elements != nil ? right : left
        return TemplateError(
          .type, "can't multiply sequence by non-int of type '\(other.typeName)'")
      }
    }
    let name = symbol == .power ? "** or pow()" : symbol.rawValue
    return TemplateError(
      .type,
      "unsupported operand type(s) for \(name): '\(left.typeName)' and '\(right.typeName)'")
  }

  /// markupsafe: what is added to marked text is escaped.
  private static func joined(_ a: Text, _ b: Text, _ budget: Budget) throws(TemplateError) -> Text {
    try budget.checkLength(a.count + b.count)
    if a.isMarkup, !b.isMarkup { return a + b.escaped }
    if b.isMarkup, !a.isMarkup { return a.escaped + b }
    return a + b
  }

  /// A sequence `count` times, nil for what is no sequence.
  private func repeated(_ count: Int, _ budget: Budget) throws(TemplateError) -> Value? {
    let count = max(0, count)
    func length(of part: Int) throws(TemplateError) {
      let (total, overflow) = part.multipliedReportingOverflow(by: count)
      try budget.checkLength(overflow ? Int.max : total)
    }
    switch self {
    case .string(let text):
      try length(of: text.count)
      var scalars: [Unicode.Scalar] = []
      for _ in 0..<(text.isEmpty ? 0 : count) { scalars += text.scalars }
      return .string(Text(scalars, isMarkup: text.isMarkup))
    case .list(let values), .tuple(let values):
      try length(of: values.count)
      try budget.spend(listing: values.count * count)
      var result: [Value] = []
      for _ in 0..<(values.isEmpty ? 0 : count) { result += values }
      if case .list = self { return .list(result) }
      return .tuple(result)
    default: return nil
    }
  }

  private static func integers(
    _ symbol: Expression.BinaryOperator, _ a: Int, _ b: Int
  ) throws(TemplateError) -> Value {
    func checked(_ result: (partialValue: Int, overflow: Bool)) throws(TemplateError) -> Value {
      if result.overflow { throw overflow(symbol.rawValue) }
      return .integer(result.partialValue)
    }
    switch symbol {
    case .add: return try checked(a.addingReportingOverflow(b))
    case .subtract: return try checked(a.subtractingReportingOverflow(b))
    case .multiply: return try checked(a.multipliedReportingOverflow(by: b))
    case .divide:
      guard b != 0 else { throw TemplateError(.zeroDivision, "division by zero") }
      return .float(Double(a) / Double(b))
    case .floorDivide, .remainder:
      guard b != 0 else {
        throw TemplateError(
          .zeroDivision,
          symbol == .remainder
            ? "integer modulo by zero" : "integer division or modulo by zero")
      }
      if b == -1 {
        return symbol == .remainder ? .integer(0) : try checked(0.subtractingReportingOverflow(a))
      }
      let isLower = a % b != 0 && (a < 0) != (b < 0)
      return .integer(
        symbol == .remainder ? a % b + (isLower ? b : 0) : a / b - (isLower ? 1 : 0))
    case .power:
      guard b >= 0 else { return .float(try floats(symbol, Double(a), Double(b))) }
      if a == 0 || a == 1 { return .integer(b == 0 ? 1 : a) }
      if a == -1 { return .integer(b % 2 == 0 ? 1 : -1) }
      guard b < 64 else { throw overflow(symbol.rawValue) }
      var result = Value.integer(1)
      for _ in 0..<b {
        result = try checked((result.integer ?? 0).multipliedReportingOverflow(by: a))
      }
      return result
    }
  }

  private static func floats(
    _ symbol: Expression.BinaryOperator, _ a: Double, _ b: Double
  ) throws(TemplateError) -> Double {
    switch symbol {
    case .add: return a + b
    case .subtract: return a - b
    case .multiply: return a * b
    case .divide:
      guard b != 0 else { throw TemplateError(.zeroDivision, "float division by zero") }
      return a / b
    case .floorDivide, .remainder:
      guard b != 0 else {
        throw TemplateError(
          .zeroDivision,
          symbol == .remainder ? "float modulo" : "float floor division by zero")
      }
      var rest = fmod(a, b)
      if rest != 0, (rest < 0) != (b < 0) { rest += b }
      if rest == 0 { rest = b.sign == .minus ? -0.0 : 0 }
      return symbol == .remainder ? rest : ((a - rest) / b).rounded()
    case .power:
      guard a != 0 || b >= 0 else {
        throw TemplateError(.zeroDivision, "0.0 cannot be raised to a negative power")
      }
      guard a >= 0 || b == b.rounded() else {
        throw TemplateError(.type, "a root of a negative number is not a real number")
      }
      let result = pow(a, b)
      guard result.isFinite || !a.isFinite || !b.isFinite else {
        throw TemplateError(.overflow, "(34, 'Numerical result out of range')")
      }
      return result
    }
  }
}
