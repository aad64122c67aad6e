internal import WeighbridgeArchitectures
internal import WeighbridgeByteIO
internal import WeighbridgeModelIR

/// The hidden states of a batch of windows on their way through the layers of one model.
final class DecoderWalk {
  let decoder: Decoder
  let space: Workspace
  let workers: Int
  /// Sees what every matrix of weights is multiplied with.
  var observer: (any InputObserver)?
  /// The windows that walk.
  private(set) var windows: [[Int32]] = []
  /// Rows of each window in `hidden`, until only some are kept.
  private(set) var ranges: [Range<Int>] = []
  /// The place of each token in its window.
  private(set) var positions: [Int] = []
  /// What the encoder has made of the texts that the windows belong to.
  var encoded: EncodedTexts?
  /// The tokens whose hidden states are left, where only some are.
  private(set) var kept: [Int]?
  /// The keys that each token sees, where a layer has chosen them.
  private(set) var chosenKeys: ChosenKeys?
  private let memory: SharedBuffer<Float>
  private var tables: [RotaryKey: RotaryTable] = [:]

  /// A walk for at most as many tokens as the workspace has room for.
  init(_ decoder: Decoder, _ space: Workspace, workers: Int) {
    self.decoder = decoder
    self.space = space
    self.workers = workers
    memory = SharedBuffer(uninitialized: space.tokens * decoder.carried.count)
  }

  /// Tokens whose hidden states are there.
  var tokenCount: Int { kept?.count ?? ranges.last?.upperBound ?? 0 }

  /// The hidden states and what goes with them, [tokens, width and more].
  var state: Matrix { Matrix(memory, rows: tokenCount, columns: decoder.carried.count) }

  /// The hidden states, [tokens, width].
  var hidden: Matrix { state.columns(0..<decoder.description.width) }

  /// The tokens whose hidden states are there.
  var tokens: [Int32] {
    let all = windows.flatMap { $0 }
    return kept.map { rows in rows.map { all[$0] } } ?? all
  }

  /// A part of the workspace as a matrix of the batch's tokens.
  func matrix(_ buffer: SharedBuffer<Float>, columns: Int) -> Matrix {
    Matrix(buffer, rows: tokenCount, columns: columns)
  }

  /// Begins with the embeddings of the windows' tokens, which are known to be in the vocabulary.
  func start(_ windows: [[Int32]]) throws(FormatError) {
    place(windows)
    let hidden = hidden
    try embed(into: hidden)
    if let norm = decoder.embeddingNorm { normalize(hidden, norm, into: hidden) }
    try decoder.altUp?.begin(on: self)
  }

  /// Puts what the tokens' embeddings and positions give into rows, not normalized.
  func embed(into target: Matrix) throws(FormatError) {
    let decoder = decoder
    let tokens = tokens
    let all = self.positions
    let positions = kept.map { rows in rows.map { all[$0] } } ?? all
    let pool = space.pool
    let scale = decoder.description.embedding.scale
    try Workers.run(tokens.count, on: workers, scratch: { pool.lease() }) {
      (lease, index) throws(FormatError) in
      let row = target.rows(index..<index + 1)
      let token = Int(tokens[index])
      try row.decode(decoder.embedding, rows: token..<token + 1, &lease.scratch.payloads)
      if scale != 1 { row.scale(by: scale) }
      if let table = decoder.positions {
        let other = lease.scratch.matrix(rows: 1, columns: row.columns)
        let position = positions[index]
        try other.decode(table, rows: position..<position + 1, &lease.scratch.payloads)
        row.add(other)
      }
      if let type = decoder.tokenType { row.add(type) }
    }
  }

  /// Goes on with the states that a walk left at the border of two layers, [tokens, width and more].
  func resume(_ windows: [[Int32]], from states: Matrix) {
    place(windows)
    state.copy(states)
  }

  /// Room for the keys that each token sees, which layers after this one may see too.
  func chooseKeys(_ count: Int) -> ChosenKeys {
    if let chosenKeys, chosenKeys.count == count { return chosenKeys }
    let keys = ChosenKeys(tokens: space.tokens, count: count)
    chosenKeys = keys
    return keys
  }

  /// Gives every window its rows.
  private func place(_ windows: [[Int32]]) {
    self.windows = windows
    chosenKeys = nil
    positions = windows.flatMap { Array($0.indices) }
    kept = nil
    ranges = []
    for window in windows {
      ranges.append(tokenCount..<tokenCount + window.count)
    }
  }

  /// Moves the rows of some tokens, in their order, to the front of the hidden states and of what lies
  /// beside them, and goes on with these alone.
  func keep(_ rows: [Int], with others: [Matrix]) {
    for matrix in [state] + others {
      for (target, row) in rows.enumerated() where target != row {
        matrix.rows(target..<target + 1).copy(matrix.rows(row..<row + 1))
      }
    }
    kept = rows
  }

  /// The tables of a rotation, one for each window: they differ where frequencies depend on the length
  /// of the text.
  func tables(_ rotary: Rotary) -> [RotaryTable] {
    let longest = windows.map { $0.count }.max() ?? 0
    guard let limit = rotary.lengthLimit, longest > limit else {
      let table = table(rotary, positions: longest, length: 0)
      return [RotaryTable](repeating: table, count: windows.count)
    }
    return windows.map { window in
      window.count > limit
        ? table(rotary, positions: window.count, length: window.count)
        : table(rotary, positions: limit, length: 0)
    }
  }

  /// A table, computed once.
  private func table(_ rotary: Rotary, positions: Int, length: Int) -> RotaryTable {
    let key = RotaryKey(rotary: rotary, length: length)
    if let table = tables[key], table.positions >= positions { return table }
    let table = RotaryTable(rotary, positions: positions, length: length)
    tables[key] = table
    return table
  }

  /// Tokens of the longest window.
  var longestWindow: Int { windows.map { $0.count }.max() ?? 1 }

  /// Rows of each window among those that are left.
  var queryRanges: [Range<Int>] {
    guard let kept else { return ranges }
    var result: [Range<Int>] = []
    var start = 0
    for range in ranges {
      let end = kept[start...].firstIndex { !range.contains($0) } ?? kept.count
      result.append(start..<end)
      start = end
    }
    return result
  }

  /// The window of every token.
  var windowOfToken: [Int] {
    windows.enumerated().flatMap { index, window in [Int](repeating: index, count: window.count) }
  }
}

/// A rotation, and the length of texts where it counts; zero for all that are short enough.
struct RotaryKey: Hashable {
  let rotary: Rotary
  let length: Int
}
