/// Shell patterns over names: `*` any run, `?` one character, `[a-z]` a set, `{a,b}` one of several.
///
/// `blk.*.attn_{q,k}.weight`.
struct Glob {
  private let patterns: [GlobPattern]

  init(_ pattern: String) { patterns = Self.expanded(pattern).map { GlobPattern($0) } }

  /// Whether the whole of `name` matches.
  func matches(_ name: String) -> Bool { patterns.contains { $0.matches(name) } }

  /// The most patterns that braces can stand for: `{a,b}{a,b}…` doubles them each time.
  private static let limit = 1024

  /// A pattern without braces for each choice; what has no closing brace stands for itself.
  private static func expanded(_ pattern: String) -> [String] {
    var done: [String] = []
    var open = [pattern]
    while let next = open.popLast() {
      guard let end = next.firstIndex(of: "}"), let start = next[..<end].lastIndex(of: "{"),
        done.count + open.count < limit
      else {
        done.append(next)
        continue
      }
      let choices = next[next.index(after: start)..<end]
        .split(separator: ",", omittingEmptySubsequences: false)
      open += choices.map { next[..<start] + $0 + next[next.index(after: end)...] }.map(String.init)
    }
    return done
  }
}

/// A pattern without braces.
private struct GlobPattern {
  private let pattern: [Character]

  init(_ pattern: String) { self.pattern = Array(pattern) }

  /// Whether the whole of `name` matches.
  func matches(_ name: String) -> Bool {
    let text = Array(name)
    var p = 0
    var t = 0
    var star: (p: Int, t: Int)?
    while t < text.count {
      if p < pattern.count, pattern[p] == "*" {
        star = (p, t)
        p += 1
      } else if let next = step(p, text[t]) {
        p = next
        t += 1
      } else if let last = star {
        p = last.p + 1
        t = last.t + 1
        star = (last.p, last.t + 1)
      } else {
        return false
      }
    }
    while p < pattern.count, pattern[p] == "*" { p += 1 }
    return p == pattern.count
  }

  /// The place in the pattern behind one that matches `character`, or nil where none does.
  private func step(_ place: Int, _ character: Character) -> Int? {
    guard place < pattern.count else { return nil }
    switch pattern[place] {
    case "?": return place + 1
    case "[":
      guard let close = pattern[place...].firstIndex(of: "]"), close > place + 1 else {
        return character == "[" ? place + 1 : nil
      }
      var body = Array(pattern[(place + 1)..<close])
      let negated = body.first == "!" || body.first == "^"
      if negated { body.removeFirst() }
      var found = false
      var index = 0
      while index < body.count {
        if index + 2 < body.count, body[index + 1] == "-" {
          if body[index] <= character, character <= body[index + 2] { found = true }
          index += 3
        } else {
          if body[index] == character { found = true }
          index += 1
        }
      }
      return found != negated ? close + 1 : nil
    default: return pattern[place] == character ? place + 1 : nil
    }
  }
}
