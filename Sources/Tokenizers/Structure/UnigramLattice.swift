/// Finds the most probable tokens of a text: Viterbi's search over all ways to cut it.
struct UnigramLattice: Sendable {
  private var table: TokenTable
  /// By index of the table.
  private var ids: [TokenID] = []
  private var scores: [Double] = []
  /// Bytes of the longest token that begins with a character.
  private var longest: PairTable
  private let unknown: TokenID
  private let unknownScore: Double

  /// Takes tokens with their numbers and scores; a character that is none costs 10 more than the worst.
  init(
    _ tokens: [(text: [UInt8], id: TokenID, score: Double)], unknown: TokenID, worst: Double
  ) {
    table = TokenTable(capacity: tokens.count)
    longest = PairTable(capacity: 8192)
    self.unknown = unknown
    unknownScore = worst - 10
    var lengths: [UInt32: Int32] = [:]
    for token in tokens where !token.text.isEmpty {
      let index = Int(table.insert(token.text))
      if index == ids.count {
        ids.append(token.id)
        scores.append(token.score)
      } else {
        ids[index] = token.id
        scores[index] = token.score
      }
      let span = token.text.span
      let first = packedCharacter(span, 0, characterLength(span, 0))
      lengths[first] = max(lengths[first] ?? 0, Int32(token.text.count))
    }
    for (character, length) in lengths { longest.insert(0, character, length) }
  }

  /// The best tokens of a text, runs of unknown characters as ranges without a token.
  func pieces(_ text: Span<UInt8>) -> [(token: TokenID?, range: Range<Int>)] {
    guard !text.isEmpty else { return [] }
    var best = [Double](repeating: -.infinity, count: text.count + 1)
    var origin = [Int32](repeating: -1, count: text.count + 1)
    var token = [TokenID](repeating: -1, count: text.count + 1)
    best[0] = 0
    var position = 0
    while position < text.count {
      let length = characterLength(text, position)
      let limit = min(
        text.count - position,
        Int(max(0, longest.value(0, packedCharacter(text, position, length)))))
      var isCharacterKnown = false
      table.eachPrefix(of: text, from: position, longest: limit) { count, index in
        if count == length { isCharacterKnown = true }
        let score = best[position] + scores[Int(index)]
        if score > best[position + count] {
          best[position + count] = score
          origin[position + count] = Int32(position)
          token[position + count] = ids[Int(index)]
        }
      }
      if !isCharacterKnown, best[position] + unknownScore > best[position + length] {
        best[position + length] = best[position] + unknownScore
        origin[position + length] = Int32(position)
        token[position + length] = unknown
      }
      position += length
    }
    return backtrack(origin, token)
  }

  private func backtrack(
    _ origin: [Int32], _ token: [TokenID]
  ) -> [(token: TokenID?, range: Range<Int>)] {
    var pieces: [(token: TokenID?, range: Range<Int>)] = []
    var end = origin.count - 1
    while end > 0, origin[end] >= 0 {
      let start = Int(origin[end])
      if token[end] != unknown {
        pieces.append((token[end], start..<end))
      } else if let last = pieces.last, last.token == nil {
        pieces[pieces.count - 1].range = start..<last.range.upperBound
      } else {
        pieces.append((nil, start..<end))
      }
      end = start
    }
    return pieces.reversed()
  }
}
