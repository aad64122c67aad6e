internal import WeighbridgeByteIO
internal import WeighbridgeJSON

/// What a `tokenizer.json` looks for in a text: a literal or a regular expression.
enum TextPattern: Sendable {
  case literal([UInt32])
  case pattern(ScalarPattern)

  /// Reads `{"String": …}` or `{"Regex": …}`.
  init(_ value: JSONValue?) throws(PatternError) {
    if let text = value?["Regex"]?.text {
      self = .pattern(try ScalarPattern(text))
    } else if let text = value?["String"]?.text ?? value?.text, !text.isEmpty {
      self = .literal(text.unicodeScalars.map(\.value))
    } else {
      throw PatternError("a pattern is neither a text nor a regular expression")
    }
  }

  private func match(_ text: Span<UInt32>, at position: Int) -> Int? {
    switch self {
    case .pattern(let pattern): return pattern.match(text, at: position)
    case .literal(let literal):
      guard text.count - position >= literal.count else { return nil }
      for (offset, scalar) in literal.enumerated() where text[position + offset] != scalar {
        return nil
      }
      return position + literal.count
    }
  }

  /// The text in parts, matches and what lies between, in order.
  func parts(_ text: [UInt32]) -> [(range: Range<Int>, isMatch: Bool)] {
    var parts: [(range: Range<Int>, isMatch: Bool)] = []
    let span = text.span
    var gap = 0
    var position = 0
    while position < span.count {
      guard let end = match(span, at: position), end > position else {
        position += 1
        continue
      }
      if gap < position { parts.append((gap..<position, false)) }
      parts.append((position..<end, true))
      position = end
      gap = end
    }
    if gap < span.count { parts.append((gap..<span.count, false)) }
    return parts
  }

  /// The text with every match replaced.
  func replacing(_ text: [UInt32], with content: [UInt32]) -> [UInt32] {
    var output: [UInt32] = []
    output.reserveCapacity(text.count)
    for part in parts(text) { output += part.isMatch ? content[...] : text[part.range] }
    return output
  }
}
