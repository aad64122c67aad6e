/// Joins the characters of one stretch of text; its arrays are used again for the next.
struct SentencePieceMerger {
  private var starts: [Int] = []
  private var ends: [Int] = []
  private var next: [Int] = []
  private var previous: [Int] = []
  /// The score of joining a symbol with its right neighbour; `nil` where the union is no token.
  private var scores: [Float?] = []
  private var queue = CandidateQueue<Candidate>()

  private struct Candidate: MergeCandidate {
    let score: Float
    let left: Int
    /// Where the union ends: a candidate whose symbols have changed since is known by it.
    let end: Int
    func isBefore(_ other: Candidate) -> Bool {
      score > other.score || (score == other.score && left < other.left)
    }
  }

  /// Joins what can be joined and appends the tokens, single bytes where there are none.
  mutating func encode(
    _ text: Span<UInt8>, _ range: Range<Int>, _ vocabulary: Vocabulary, _ bytes: [TokenID?],
    into output: inout [TokenID]
  ) {
    guard !range.isEmpty else { return }
    // Most stretches are words, and most words are tokens whose parts lead to them; but not all
    // that are tokens are reached by joining, so even a whole token is joined from its characters.
    load(text, range)
    // A search for the best costs less than a queue while there are few.
    if starts.count <= 24 {
      joinBySearch(text, vocabulary)
    } else {
      joinByQueue(text, vocabulary)
    }
    var symbol = 0
    while symbol >= 0 {
      emit(text.extracting(starts[symbol]..<ends[symbol]), vocabulary, bytes, into: &output)
      symbol = next[symbol]
    }
  }

  private func emit(
    _ symbol: Span<UInt8>, _ vocabulary: Vocabulary, _ bytes: [TokenID?],
    into output: inout [TokenID]
  ) {
    if let id = vocabulary.id(of: symbol) {
      output.append(id)
      return
    }
    for index in symbol.indices {
      if let id = bytes[Int(symbol[index])] ?? vocabulary.unknown { output.append(id) }
    }
  }

  private mutating func load(_ text: Span<UInt8>, _ range: Range<Int>) {
    starts.removeAll(keepingCapacity: true)
    ends.removeAll(keepingCapacity: true)
    var position = range.lowerBound
    while position < range.upperBound {
      let length = min(characterLength(text, position), range.upperBound - position)
      starts.append(position)
      position += length
      ends.append(position)
    }
    let count = starts.count
    next.removeAll(keepingCapacity: true)
    previous.removeAll(keepingCapacity: true)
    for index in 0..<count {
      next.append(index + 1 < count ? index + 1 : -1)
      previous.append(index - 1)
    }
  }

  private func score(
    _ left: Int, _ text: Span<UInt8>, _ vocabulary: Vocabulary
  ) -> Float? {
    let right = next[left]
    guard right >= 0 else { return nil }
    guard let id = vocabulary.id(of: text.extracting(starts[left]..<ends[right])) else {
      return nil
    }
    return vocabulary.scores[Int(id)]
  }

  /// Makes one symbol of two neighbours.
  private mutating func join(_ left: Int) {
    let right = next[left]
    ends[left] = ends[right]
    next[left] = next[right]
    if next[right] >= 0 { previous[next[right]] = left }
  }

  private mutating func joinBySearch(_ text: Span<UInt8>, _ vocabulary: Vocabulary) {
    scores.removeAll(keepingCapacity: true)
    for index in starts.indices { scores.append(score(index, text, vocabulary)) }
    while true {
      var best = -1
      var bestScore: Float = 0
      var symbol = 0
      while symbol >= 0 {
        if let score = scores[symbol], best < 0 || score > bestScore {
          best = symbol
          bestScore = score
        }
        symbol = next[symbol]
      }
      guard best >= 0 else { return }
      join(best)
      scores[best] = score(best, text, vocabulary)
      let before = previous[best]
      if before >= 0 { scores[before] = score(before, text, vocabulary) }
    }
  }

  private mutating func joinByQueue(_ text: Span<UInt8>, _ vocabulary: Vocabulary) {
    queue.removeAll()
    for index in starts.indices { push(index, text, vocabulary) }
    while let candidate = queue.pop() {
      let left = candidate.left
      // Symbols that were joined into their left neighbour are marked by an end of -1.
      guard ends[left] >= 0, next[left] >= 0, ends[next[left]] == candidate.end else { continue }
      let right = next[left]
      join(left)
      ends[right] = -1
      push(left, text, vocabulary)
      if previous[left] >= 0 { push(previous[left], text, vocabulary) }
    }
  }

  private mutating func push(_ left: Int, _ text: Span<UInt8>, _ vocabulary: Vocabulary) {
    guard let score = score(left, text, vocabulary) else { return }
    queue.push(Candidate(score: score, left: left, end: ends[next[left]]))
  }
}
