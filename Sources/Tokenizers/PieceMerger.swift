/// Joins neighbouring symbols of a text into pieces: the pair of the highest score first, and of equal
/// ones the leftmost (SentencePiece's `bpe_model.cc`).
struct PieceMerger {
  private struct Symbol {
    var range: Range<Int>
    let isFrozen: Bool
    var previous: Int
    var next: Int
  }

  private struct Candidate: MergeCandidate {
    let score: Float
    let left: Int
    let right: Int
    let byteCount: Int
    func isBefore(_ other: Candidate) -> Bool {
      score > other.score || (score == other.score && left < other.left)
    }
  }

  private var symbols: [Symbol] = []
  private var queue = CandidateQueue<Candidate>()
  /// Where pieces that are not to be used were joined, by their text.
  private var joints: [[UInt8]: Int] = [:]

  /// Adds the next symbol of the text; a frozen one joins with nothing.
  mutating func append(_ range: Range<Int>, isFrozen: Bool) {
    let index = symbols.count
    if index > 0 { symbols[index - 1].next = index }
    symbols.append(Symbol(range: range, isFrozen: isFrozen, previous: index - 1, next: -1))
  }

  /// The ranges that are left; `piece` gives the score of a union that is one, and whether it is unused.
  mutating func joined(
    _ text: Span<UInt8>, _ piece: (Range<Int>) -> (score: Float, isUnused: Bool)?
  ) -> [Range<Int>] {
    for index in symbols.indices.dropFirst() { push(index - 1, index, text, piece) }
    while let found = queue.pop() {
      let (left, right) = (symbols[found.left], symbols[found.right])
      guard !left.range.isEmpty, !right.range.isEmpty,
        left.range.count + right.range.count == found.byteCount
      else { continue }
      symbols[found.left].range = left.range.lowerBound..<right.range.upperBound
      symbols[found.left].next = right.next
      if right.next >= 0 { symbols[right.next].previous = found.left }
      symbols[found.right].range = right.range.lowerBound..<right.range.lowerBound
      push(left.previous, found.left, text, piece)
      push(found.left, right.next, text, piece)
    }
    var output: [Range<Int>] = []
    var index = symbols.isEmpty ? -1 : 0
    while index >= 0 {
      take(symbols[index].range, text, into: &output)
      index = symbols[index].next
    }
    return output
  }

  private mutating func push(
    _ left: Int, _ right: Int, _ text: Span<UInt8>,
    _ piece: (Range<Int>) -> (score: Float, isUnused: Bool)?
  ) {
    guard left >= 0, right >= 0, !symbols[left].isFrozen, !symbols[right].isFrozen else { return }
    let union = symbols[left].range.lowerBound..<symbols[right].range.upperBound
    guard let found = piece(union) else { return }
    if found.isUnused {
      joints[Self.bytes(text, union)] = symbols[left].range.count
    }
    queue.push(
      Candidate(score: found.score, left: left, right: right, byteCount: union.count))
  }

  /// Appends a symbol; one that is not to be used is taken apart where it was joined.
  private func take(_ range: Range<Int>, _ text: Span<UInt8>, into output: inout [Range<Int>]) {
    var open = [range]
    while let part = open.popLast() {
      guard !joints.isEmpty, let place = joints[Self.bytes(text, part)] else {
        output.append(part)
        continue
      }
      open.append(part.lowerBound + place..<part.upperBound)
      open.append(part.lowerBound..<part.lowerBound + place)
    }
  }

  private static func bytes(_ text: Span<UInt8>, _ range: Range<Int>) -> [UInt8] {
    range.map { text[$0] }
  }
}
