extension Expression.Kind {
  /// The height of the highest expression in this one; 0 where there is none.
  var innerHeight: Int {
    switch self {
    case .constant, .name: 0
    case .list(let values), .tuple(let values), .concatenation(let values): Self.highest(values)
    case .dictionary(let pairs):
      max(Self.highest(pairs.map(\.key)), Self.highest(pairs.map(\.value)))
    case .attribute(let value, _), .not(let value), .negate(let value), .plus(let value):
      value.height
    case .item(let left, let right), .and(let left, let right), .or(let left, let right),
      .binary(_, let left, let right):
      max(left.height, right.height)
    case .slice(let value, let from, let to, let step):
      Self.highest([value, from, to, step].compactMap { $0 })
    case .call(let value, let arguments), .test(let value, _, let arguments):
      max(value.height, arguments.height)
    case .filter(let value, _, let arguments): max(value?.height ?? 0, arguments.height)
    case .conditional(let condition, let value, let otherwise):
      max(condition.height, value.height, otherwise?.height ?? 0)
    case .comparison(let value, let rest):
      max(value.height, Self.highest(rest.map(\.1)))
    }
  }

  private static func highest(_ values: [Expression]) -> Int {
    values.reduce(0) { max($0, $1.height) }
  }
}

extension CallArguments {
  /// The height of the highest of them; 0 where there is none.
  fileprivate var height: Int {
    let all = positional + keywords.map(\.value) + [unpacked, unpackedKeywords].compactMap { $0 }
    return all.reduce(0) { max($0, $1.height) }
  }
}
