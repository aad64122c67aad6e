/// What a merger may do next; the best candidate comes first.
protocol MergeCandidate {
  /// Whether it is the better of two.
  func isBefore(_ other: Self) -> Bool
}

/// A binary heap of candidates, whose array is used again.
struct CandidateQueue<Candidate: MergeCandidate> {
  private var heap: [Candidate] = []

  /// Forgets all candidates and keeps the room.
  mutating func removeAll() { heap.removeAll(keepingCapacity: true) }

  /// Adds a candidate.
  mutating func push(_ candidate: Candidate) {
    heap.append(candidate)
    var child = heap.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      guard heap[child].isBefore(heap[parent]) else { break }
      heap.swapAt(child, parent)
      child = parent
    }
  }

  /// Takes the best candidate out; nil where there is none.
  mutating func pop() -> Candidate? {
    guard let top = heap.first, let last = heap.popLast() else { return nil }
    guard !heap.isEmpty else { return top }
    heap[0] = last
    var parent = 0
    while true {
      var child = parent * 2 + 1
      guard child < heap.count else { break }
      if child + 1 < heap.count, heap[child + 1].isBefore(heap[child]) { child += 1 }
      guard heap[child].isBefore(heap[parent]) else { break }
      heap.swapAt(child, parent)
      parent = child
    }
    return top
  }
}
