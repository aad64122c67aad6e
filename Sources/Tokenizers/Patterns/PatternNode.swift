/// A pattern's parts as they are written.
indirect enum PatternNode: Sendable {
  /// How often a repetition tries to match.
  enum Mode: Sendable {
    /// As often as it can, giving back.
    case greedy
    /// As seldom as it can.
    case lazy
    /// As often as it can, giving nothing back.
    case possessive
  }

  /// A place between two characters.
  enum Place: Sendable {
    case lineStart
    case lineEnd
    case textStart
    case textEnd
    case wordBoundary
    case notWordBoundary
  }

  case set(ScalarSet)
  case sequence([PatternNode])
  case choice([PatternNode])
  case repeated(PatternNode, atLeast: Int, atMost: Int?, Mode)
  case ahead(PatternNode, negated: Bool)
  case behind(PatternNode, negated: Bool)
  case atomic(PatternNode)
  case place(Place)

  /// The number of characters that every match has; nil where it varies.
  var length: Int? {
    switch self {
    case .set: return 1
    case .place, .ahead, .behind: return 0
    case .atomic(let node): return node.length
    case .sequence(let nodes):
      var sum = 0
      for node in nodes {
        guard let length = node.length else { return nil }
        sum += length
      }
      return sum
    case .choice(let nodes):
      let lengths = nodes.map(\.length)
      guard let first = lengths.first, lengths.allSatisfy({ $0 == first }) else { return nil }
      return first
    case .repeated(let node, let least, let most, _):
      guard let length = node.length, most == least else { return nil }
      return length * least
    }
  }
}

/// A pattern that cannot be used, and why.
package struct PatternError: Error {
  package let message: String
  init(_ message: String) { self.message = message }
}
