/// Joins the bytes of one word; its arrays are used again for the next.
struct BytePairMerger {
  private var symbols: [Int32] = []
  private var next: [Int32] = []
  private var previous: [Int32] = []
  /// The rank of joining a symbol with its right neighbour.
  private var ranks: [Int32] = []
  private var queue = CandidateQueue<Candidate>()

  private struct Candidate: MergeCandidate {
    let rank: Int32
    let left: Int32
    func isBefore(_ other: Candidate) -> Bool { (rank, left) < (other.rank, other.left) }
  }

  /// Joins what can be joined, the lowest rank first and of equal ones the leftmost, and appends
  /// the tokens; symbols that are no token are left out, as there is none for them.
  mutating func encode(_ word: Span<UInt8>, _ merges: MergeTable, into output: inout [TokenID]) {
    symbols.removeAll(keepingCapacity: true)
    for index in word.indices { symbols.append(merges.bytes[Int(word[index])]) }
    join(merges.pairs)
    for symbol in symbols where merges.tokens[Int(symbol)] >= 0 {
      output.append(merges.tokens[Int(symbol)])
    }
  }

  /// The symbols that are left when all that can be joined is.
  mutating func joined(_ word: [Int32], _ pairs: PairMerges) -> [Int32] {
    symbols = word
    join(pairs)
    return symbols
  }

  private mutating func join(_ pairs: PairMerges) {
    if symbols.count <= 40 {
      joinBySearch(pairs)
    } else {
      joinByQueue(pairs)
      var kept = 0
      var index = 0
      while index >= 0 {
        symbols[kept] = symbols[index]
        kept += 1
        index = Int(next[index])
      }
      symbols.removeSubrange(kept...)
    }
  }

  private mutating func joinBySearch(_ merges: PairMerges) {
    ranks.removeAll(keepingCapacity: true)
    for index in 0..<max(0, symbols.count - 1) {
      ranks.append(merges.rank(symbols[index], symbols[index + 1]))
    }
    while true {
      var best = -1
      var lowest = Int32.max
      for index in ranks.indices where ranks[index] < lowest {
        lowest = ranks[index]
        best = index
      }
      guard best >= 0 else { return }
      symbols[best] = merges.joined[Int(lowest)]
      symbols.remove(at: best + 1)
      ranks.remove(at: best)
      if best < ranks.count { ranks[best] = merges.rank(symbols[best], symbols[best + 1]) }
      if best > 0 { ranks[best - 1] = merges.rank(symbols[best - 1], symbols[best]) }
    }
  }

  private mutating func joinByQueue(_ merges: PairMerges) {
    let count = Int32(symbols.count)
    next = (0..<count).map { $0 + 1 < count ? $0 + 1 : -1 }
    previous = (0..<count).map { $0 - 1 }
    ranks = [Int32](repeating: Int32.max, count: Int(count))
    queue.removeAll()
    for index in 0..<count { push(index, merges) }
    while let candidate = queue.pop() {
      let left = Int(candidate.left)
      // A candidate whose symbols have changed since has another rank now, or none.
      guard ranks[left] == candidate.rank else { continue }
      let right = Int(next[left])
      symbols[left] = merges.joined[Int(candidate.rank)]
      next[left] = next[right]
      if next[right] >= 0 { previous[Int(next[right])] = candidate.left }
      ranks[right] = Int32.max
      push(candidate.left, merges)
      if previous[left] >= 0 { push(previous[left], merges) }
    }
  }

  private mutating func push(_ left: Int32, _ merges: PairMerges) {
    let right = next[Int(left)]
    let rank =
      right < 0 ? Int32.max : merges.rank(symbols[Int(left)], symbols[Int(right)])
    ranks[Int(left)] = rank
    guard rank < Int32.max else { return }
    queue.push(Candidate(rank: rank, left: left))
  }
}
