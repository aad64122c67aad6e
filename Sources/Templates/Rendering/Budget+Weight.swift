// What it costs to look at values. They share their parts, so that a few steps make one of more parts
// than any memory holds: whatever walks through one pays for all of it before.

extension Budget {
  /// What a part of a value counts, beside its code points.
  private static let part = 4

  /// Takes what looking at every part of a value costs, if it may be so large and so deep.
  ///
  /// With `comparing` for what compares: texts count, and deep parts more, because lists that differ are
  /// compared again on each level.
  func weigh(_ value: Value, comparing: Bool = true) throws(TemplateError) {
    var weight = 0
    try add(value, to: &weight, depth: 0, comparing)
    try spend(weight)
  }

  private func add(
    _ value: Value, to weight: inout Int, depth: Int, _ comparing: Bool
  ) throws(TemplateError) {
    guard depth <= depthLimit else {
      throw TemplateError(.recursion, "maximum recursion depth exceeded")
    }
    weight += Self.part + (comparing ? depth : 0)
    switch value {
    case .string(let text) where comparing: weight += text.count
    case .list(let values), .tuple(let values), .view(_, let values):
      for value in values { try add(value, to: &weight, depth: depth + 1, comparing) }
    case .dictionary(let dictionary):
      for key in dictionary.keys { try add(key, to: &weight, depth: depth + 1, comparing) }
      for value in dictionary.values { try add(value, to: &weight, depth: depth + 1, comparing) }
    case .iterator(let iterator):
      for value in iterator.remaining { try add(value, to: &weight, depth: depth + 1, comparing) }
    default: break
    }
    guard weight <= lengthLimit else {
      throw TemplateError(.limit, "a value of more than \(lengthLimit) parts is not allowed")
    }
  }

  /// Takes what a comparison costs.
  func spend(
    comparing left: Value, _ comparison: Expression.Comparison, _ right: Value
  ) throws(TemplateError) {
    switch (left, right) {
    case (.string(let part), .string(let text)):
      let searches = comparison == .contained || comparison == .notContained
      try spend(searches ? part.count + text.count : min(part.count, text.count))
    case (.view(_, let first), .view(_, let second)):
      try weigh(left)
      try weigh(right)
      // Each element of one is looked for in the other.
      try spend(first.count.multipliedReportingOverflow(by: second.count).partialValue)
    default: if right.hasParts { try weigh(right) }
    }
  }

  /// What a `for` walks over, paid for.
  func elements(of value: Value) throws(TemplateError) -> [Value] {
    switch value {
    case .range(let range): try spend(made: range.count)
    case .string(let text): try spend(made: text.count)
    default: break
    }
    let elements = try value.iterated()
    try spend(elements.count)
    return elements
  }

  /// Takes what new elements cost, each of which has memory of its own.
  private func spend(made count: Int) throws(TemplateError) { try spend(16 * count) }

  /// Takes what a list of elements costs that are there already.
  func spend(listing count: Int) throws(TemplateError) { try spend(4 * count) }

  /// Takes what the result of a filter or of a function costs; `isShared` for elements that were there.
  func spend(result: Value, isShared: Bool) throws(TemplateError) {
    if case .string(let text) = result { return try spend(text.count) }
    guard let count = result.partCount else { return }
    try isShared ? spend(listing: count) : spend(made: count)
  }
}

extension Budget {
  /// Takes what putting the parts of a value in order costs: each is compared with some of the others.
  func spend(sorting value: Value) throws(TemplateError) {
    let count = value.partCount ?? (try? value.length()) ?? 0
    try spend(listing: count * (Int.bitWidth - count.leadingZeroBitCount))
  }
}

extension Value {
  /// How many values it is made of; nil where it is none of them.
  var partCount: Int? {
    switch self {
    case .list(let values), .tuple(let values), .view(_, let values): values.count
    case .iterator(let iterator): iterator.remaining.count
    case .dictionary(let dictionary): dictionary.count
    case .undefined, .none, .bool, .integer, .float, .string, .range, .namespace, .macro, .function,
      .loop:
      nil
    }
  }

  /// Whether it is made of other values.
  var hasParts: Bool { partCount != nil }
}
