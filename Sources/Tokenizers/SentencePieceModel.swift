internal import WeighbridgeByteIO

/// The pieces of a `tokenizer.model` and how a normalized text is cut into them, as SentencePiece's
/// library does it (`model_interface.cc`, `bpe_model.cc`, `unigram_model.cc`).
struct SentencePieceModel: Sendable {
  /// Normal, user-defined and unused pieces: what a text is cut into.
  private var pieces = StructuredVocabulary(capacity: 0)
  /// Control pieces, the unknown one and those of bytes: never joined, only looked up at the end.
  private var reserved = StructuredVocabulary(capacity: 0)
  private let file: SentencePieceFile
  /// The user's own symbols, cut before anything else.
  let literals: PieceMatcher
  private let unknown: TokenID?
  /// Bytes of the longest piece.
  private let longest: Int
  private let bytes: [TokenID]?
  private let worst: Float

  /// Takes the pieces; of two with one text the first counts.
  init(_ file: SentencePieceFile) {
    self.file = file
    pieces = StructuredVocabulary(capacity: file.pieces.count)
    reserved = StructuredVocabulary(capacity: 300)
    var unknown: TokenID?
    var longest = 0
    var worst = Float.greatestFiniteMagnitude
    for (index, piece) in file.pieces.enumerated() {
      let id = TokenID(index)
      switch piece.kind {
      case .normal, .userDefined, .unused:
        if pieces.id(piece.text.bytes) == nil { pieces.insert(piece.text.bytes, id) }
        longest = max(longest, piece.text.count)
        if piece.kind == .normal { worst = min(worst, piece.score) }
      case .unknown, .control, .byte:
        if reserved.id(piece.text.bytes) == nil { reserved.insert(piece.text.bytes, id) }
        if piece.kind == .unknown { unknown = id }
      }
    }
    self.unknown = unknown
    self.longest = longest
    self.worst = worst
    bytes = file.fallsBackToBytes ? reserved.byteTokens() : nil
    literals = PieceMatcher(
      file.pieces.lazy.filter { $0.kind == .userDefined }.map { $0.text.bytes })
  }

  /// Cuts a normalized text and appends the pieces' numbers.
  func encode(_ text: [UInt8], into output: inout [TokenID]) {
    let span = text.span
    let parts = file.algorithm == .bytePair ? pairs(span) : mostProbable(span)
    var isAfterUnknown = false
    for part in parts {
      let symbol = span.extracting(part)
      let id = reserved.id(symbol) ?? pieces.id(symbol)
      if let id, id != unknown, file.pieces[Int(id)].kind != .unused {
        output.append(id)
        isAfterUnknown = false
        continue
      }
      if let bytes {
        for index in symbol.indices { output.append(bytes[Int(symbol[index])]) }
      } else if let unknown, !isAfterUnknown {
        output.append(unknown)
      }
      isAfterUnknown = true
    }
  }

  /// Neighbours joined, the pair of the highest score first; the user's symbols join with nothing.
  private func pairs(_ text: Span<UInt8>) -> [Range<Int>] {
    var merger = PieceMerger()
    var position = 0
    while position < text.count {
      let literal = literals.longest(text, at: position)
      let length = literal ?? characterLength(text, position)
      merger.append(position..<position + length, isFrozen: literal != nil)
      position += length
    }
    return merger.joined(text) { pair in
      pieces.id(text.extracting(pair)).map { id in
        let piece = file.pieces[Int(id)]
        return (piece.score, piece.kind == .unused)
      }
    }
  }

  /// Viterbi's search, as `Model::EncodeOptimized` of SentencePiece 0.2.3.
  ///
  /// Sums are kept and compared in single precision: which of two ways of nearly the same score wins
  /// depends on it.
  private func mostProbable(_ text: Span<UInt8>) -> [Range<Int>] {
    let count = text.count
    var best = [Float](repeating: 0, count: count + 1)
    var origin = [Int](repeating: -1, count: count + 1)
    var frontier = 0
    func offer(_ start: Int, _ end: Int, _ score: Float) {
      frontier = max(frontier, end)
      let sum = score + best[start]
      guard origin[end] < 0 || sum > best[end] else { return }
      best[end] = sum
      origin[end] = start
    }
    var position = 0
    while position < count {
      if abs(best[position]) > Self.largestSum {
        let offset = best[position]
        for place in position...max(position, frontier)
        where place == position || origin[place] >= 0 {
          best[place] -= offset
        }
      }
      let length = characterLength(text, position)
      var isCharacterKnown = false
      pieces.eachPrefix(of: text, from: position, longest: min(longest, count - position)) {
        size, id in
        let piece = file.pieces[Int(id)]
        guard piece.kind != .unused else { return }
        if size == length { isCharacterKnown = true }
        let bonus = Float(0.1 * Double(size - 1))
        offer(position, position + size, piece.kind == .userDefined ? bonus : piece.score)
      }
      if !isCharacterKnown { offer(position, position + length, worst - 10) }
      position += length
    }
    return Self.parts(origin)
  }

  /// Sums beyond it begin anew, lest those of long texts lose their last digits.
  private static let largestSum: Float = 100_000

  private static func parts(_ origin: [Int]) -> [Range<Int>] {
    var parts: [Range<Int>] = []
    var end = origin.count - 1
    while end > 0, origin[end] >= 0 {
      parts.append(origin[end]..<end)
      end = origin[end]
    }
    return parts.reversed()
  }
}
