// Python's `==`, `<` and `in`.

extension Value {
  /// Whether two values are equal; never an error.
  func isEqual(to other: Value) -> Bool {
    switch (self, other) {
    case (.none, .none), (.undefined, .undefined): true
    case (.string(let left), .string(let right)): left == right
    case (.list(let left), .list(let right)), (.tuple(let left), .tuple(let right)):
      left.count == right.count && zip(left, right).allSatisfy { $0.isEqual(to: $1) }
    case (.dictionary(let left), .dictionary(let right)): Self.areEqual(left, right)
    case (.range(let left), .range(let right)): left == right
    case (.view(let name, let left), .view(let other, let right)):
      name == other && left.count == right.count
        && left.allSatisfy { value in right.contains { $0.isEqual(to: value) } }
    case (.namespace(let left), .namespace(let right)): left === right
    case (.macro(let left), .macro(let right)): left === right
    case (.loop(let left), .loop(let right)): left === right
    case (.iterator(let left), .iterator(let right)): left === right
    case (.function(let left), .function(let right)): left.name == right.name
    default: Self.areEqualNumbers(self, other)
    }
  }

  private static func areEqual(_ left: Dictionary, _ right: Dictionary) -> Bool {
    guard left.count == right.count else { return false }
    return zip(left.keys, left.values).allSatisfy { key, value in
      guard let hashed = try? key.hashed(), let other = right[hashed] else { return false }
      return value.isEqual(to: other)
    }
  }

  private static func areEqualNumbers(_ left: Value, _ right: Value) -> Bool {
    if let left = left.integer, let right = right.integer { return left == right }
    guard let left = left.number, let right = right.number else { return false }
    return left == right
  }

  /// The number as a double, truth values included.
  var number: Double? {
    if case .float(let value) = self { return value }
    return integer.map { Double($0) }
  }

  /// Whether this comes before another; an error names what cannot be ordered as it was written:
  /// with `symbol`, and the other way round where the operands were swapped.
  func isLess(
    than other: Value, symbol: String = "<", isSwapped: Bool = false
  ) throws(TemplateError) -> Bool {
    for value in [self, other] {
      if case .undefined(let undefined) = value { throw undefined.error }
    }
    if let left = integer, let right = other.integer { return left < right }
    if let left = number, let right = other.number { return left < right }
    switch (self, other) {
    case (.string(let left), .string(let right)): return left < right
    case (.list(let left), .list(let right)), (.tuple(let left), .tuple(let right)):
      for (left, right) in zip(left, right) where !left.isEqual(to: right) {
        return try left.isLess(than: right, symbol: symbol, isSwapped: isSwapped)
      }
      return left.count < right.count
    default:
      let (left, right) = isSwapped ? (other, self) : (self, other)
      throw TemplateError(
        .type,
        "'\(symbol)' not supported between instances of '\(left.typeName)' and '\(right.typeName)'")
    }
  }

  /// Whether `element` is in this container.
  func contains(_ element: Value) throws(TemplateError) -> Bool {
    switch self {
    case .string(let text):
      guard case .string(let part) = element else {
        if case .undefined(let undefined) = element, undefined.kind != .undefined {
          throw undefined.error
        }
        throw TemplateError(
          .type, "'in <string>' requires string as left operand, not \(element.typeName)")
      }
      return text.firstIndex(of: part) != nil
    case .dictionary(let dictionary): return dictionary[try element.hashed()] != nil
    case .range(let range):
      return element.number.flatMap { Int(exactly: $0) }.map { range.contains($0) } ?? false
    case .none, .bool, .integer, .float, .namespace, .macro, .function, .loop:
      throw TemplateError(.type, "argument of type '\(typeName)' is not iterable")
    case .undefined, .list, .tuple, .view, .iterator:
      return try iterated().contains { $0.isEqual(to: element) }
    }
  }

  /// One of Jinja's comparisons.
  func compare(_ comparison: Expression.Comparison, _ other: Value) throws(TemplateError) -> Bool {
    switch comparison {
    case .equal: isEqual(to: other)
    case .notEqual: !isEqual(to: other)
    case .less: try isLess(than: other)
    case .greater: try other.isLess(than: self, symbol: ">", isSwapped: true)
    case .lessOrEqual: try isLess(than: other, symbol: "<=") || isEqual(to: other)
    case .greaterOrEqual:
      try other.isLess(than: self, symbol: ">=", isSwapped: true) || isEqual(to: other)
    case .contained: try other.contains(self)
    case .notContained: try !other.contains(self)
    }
  }
}
