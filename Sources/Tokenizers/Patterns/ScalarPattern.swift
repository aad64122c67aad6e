/// A regular expression over characters, matched as Perl does: the first alternative that leads to a
/// match counts, not the longest.
///
/// Hostile patterns end: what takes more steps or more nesting than any tokenizer needs does not match.
package struct ScalarPattern: Sendable {
  private enum Step: Sendable {
    case set(ScalarSet, then: Int)
    /// A run of one set, by far the most frequent repetition.
    case run(ScalarSet, atLeast: Int, atMost: Int, PatternNode.Mode, then: Int)
    case choice([Int])
    /// Another round of a group, or what follows it; a round that matched nothing is the last.
    case loop(body: Int, then: Int, register: Int, isLazy: Bool)
    case look(Int, behind: Int, negated: Bool, then: Int)
    case atomic(Int, then: Int)
    case place(PatternNode.Place, then: Int)
    case accept
  }

  /// The pattern as it was written.
  let text: String
  private var steps: [Step] = [.accept]
  private var start = 0
  private var registers = 0

  private static let mostSteps = 20_000

  /// Compiles a pattern; throws where its syntax is not known.
  package init(_ text: String) throws(PatternError) {
    self.text = text
    let node = try PatternParser.parse(text)
    start = try compile(node, then: 0)
  }

  /// The end of the match that begins at a place, or nil.
  package func match(_ scalars: Span<UInt32>, at position: Int) -> Int? {
    var matcher = Matcher(registers: registers)
    let end = run(&matcher, scalars, start, position, depth: 0)
    return end < 0 ? nil : end
  }

  // MARK: Compiling

  private mutating func add(_ step: Step) throws(PatternError) -> Int {
    guard steps.count < Self.mostSteps else { throw PatternError("the pattern is too long") }
    steps.append(step)
    return steps.count - 1
  }

  /// Compiles backwards: every step knows the one after it.
  private mutating func compile(_ node: PatternNode, then: Int) throws(PatternError) -> Int {
    switch node {
    case .set(let set): return try add(.set(set, then: then))
    case .place(let place): return try add(.place(place, then: then))
    case .sequence(let nodes):
      var next = then
      for node in nodes.reversed() { next = try compile(node, then: next) }
      return next
    case .choice(let nodes):
      var branches: [Int] = []
      for node in nodes { branches.append(try compile(node, then: then)) }
      return try add(.choice(branches))
    case .atomic(let node): return try add(.atomic(try compile(node, then: 0), then: then))
    case .ahead(let node, let negated):
      return try add(
        .look(try compile(node, then: 0), behind: 0, negated: negated, then: then))
    case .behind(let node, let negated):
      guard let length = node.length else {
        throw PatternError("a look behind of varying length")
      }
      return try add(
        .look(try compile(node, then: 0), behind: length, negated: negated, then: then))
    case .repeated(let node, let least, let most, let mode):
      return try compile(node, least, most, mode, then: then)
    }
  }

  private mutating func compile(
    _ node: PatternNode, _ least: Int, _ most: Int?, _ mode: PatternNode.Mode, then: Int
  ) throws(PatternError) -> Int {
    if case .set(let set) = node {
      return try add(.run(set, atLeast: least, atMost: most ?? .max, mode, then: then))
    }
    if case .possessive = mode {
      let inner = try compile(.repeated(node, atLeast: least, atMost: most, .greedy), then: 0)
      return try add(.atomic(inner, then: then))
    }
    let isLazy: Bool
    if case .lazy = mode { isLazy = true } else { isLazy = false }
    var next = then
    if let most {
      for _ in least..<max(least, most) {
        let body = try compile(node, then: next)
        next = try add(.choice(isLazy ? [then, body] : [body, then]))
      }
    } else {
      // The loop's own number is needed by its body: it is filled in afterwards.
      let loop = try add(.accept)
      let body = try compile(node, then: loop)
      steps[loop] = .loop(body: body, then: then, register: registers, isLazy: isLazy)
      registers += 1
      next = loop
    }
    for _ in 0..<least { next = try compile(node, then: next) }
    return next
  }

  // MARK: Matching

  private struct Matcher {
    var budget = 5_000_000
    /// Where each loop's current round began.
    var registers: [Int]
    init(registers: Int) { self.registers = [Int](repeating: -1, count: registers) }
  }

  private static let deepest = 6_000

  /// The end of a match from a step on, or -1.
  private func run(
    _ matcher: inout Matcher, _ text: Span<UInt32>, _ first: Int, _ start: Int, depth: Int
  ) -> Int {
    var step = first
    var position = start
    guard depth < Self.deepest else { return -1 }
    while true {
      matcher.budget -= 1
      guard matcher.budget > 0 else { return -1 }
      switch steps[step] {
      case .accept: return position
      case .set(let set, let then):
        guard position < text.count, set.contains(text[position]) else { return -1 }
        position += 1
        step = then
      case .run(let set, let least, let most, let mode, let then):
        let found = self.run(
          set, least, most, mode, then, &matcher, text, position, depth: depth)
        guard found.isTail else { return found.end }
        position = found.end
        step = then
      case .choice(let branches):
        for branch in branches.dropLast() {
          let end = run(&matcher, text, branch, position, depth: depth + 1)
          if end >= 0 { return end }
        }
        guard let last = branches.last else { return -1 }
        step = last
      case .loop(let body, let then, let register, let isLazy):
        let before = matcher.registers[register]
        guard before != position else {
          step = then
          continue
        }
        if isLazy {
          let end = run(&matcher, text, then, position, depth: depth + 1)
          if end >= 0 { return end }
        }
        matcher.registers[register] = position
        let end = run(&matcher, text, body, position, depth: depth + 1)
        if end >= 0 { return end }
        matcher.registers[register] = before
        if isLazy { return -1 }
        step = then
      case .look(let inner, let behind, let negated, let then):
        let from = position - behind
        let end = from < 0 ? -1 : run(&matcher, text, inner, from, depth: depth + 1)
        let isFound = end >= 0 && (behind == 0 || end == position)
        guard isFound != negated else { return -1 }
        step = then
      case .atomic(let inner, let then):
        let end = run(&matcher, text, inner, position, depth: depth + 1)
        guard end >= 0 else { return -1 }
        position = end
        step = then
      case .place(let place, let then):
        guard Self.holds(place, text, position) else { return -1 }
        step = then
      }
    }
  }

  /// A run of one set: all of it first, then one less, or the other way round.
  ///
  /// Where nothing is given back, the caller goes on by itself (`isTail`).
  private func run(
    _ set: ScalarSet, _ least: Int, _ most: Int, _ mode: PatternNode.Mode, _ then: Int,
    _ matcher: inout Matcher, _ text: Span<UInt32>, _ position: Int, depth: Int
  ) -> (isTail: Bool, end: Int) {
    let room = text.count - position
    let limit = most < room ? position + most : text.count
    var end = position
    switch mode {
    case .lazy:
      while true {
        if end - position >= least {
          let found = run(&matcher, text, then, end, depth: depth + 1)
          if found >= 0 { return (false, found) }
        }
        guard end < limit, set.contains(text[end]), matcher.budget > 0 else { return (false, -1) }
        end += 1
      }
    case .greedy, .possessive:
      while end < limit, set.contains(text[end]) { end += 1 }
      guard end - position >= least else { return (false, -1) }
      if case .possessive = mode { return (true, end) }
      while end > position + least {
        let found = run(&matcher, text, then, end, depth: depth + 1)
        if found >= 0 { return (false, found) }
        guard matcher.budget > 0 else { return (false, -1) }
        end -= 1
      }
      return (true, end)
    }
  }

  private static func holds(
    _ place: PatternNode.Place, _ text: Span<UInt32>, _ position: Int
  ) -> Bool {
    func isWord(_ index: Int) -> Bool {
      index >= 0 && index < text.count && ScalarSet.wordSet.contains(text[index])
    }
    switch place {
    case .textStart: return position == 0
    case .textEnd: return position == text.count
    case .lineStart: return position == 0 || text[position - 1] == 0x0A
    case .lineEnd: return position == text.count || text[position] == 0x0A
    case .wordBoundary: return isWord(position - 1) != isWord(position)
    case .notWordBoundary: return isWord(position - 1) == isWord(position)
    }
  }
}
