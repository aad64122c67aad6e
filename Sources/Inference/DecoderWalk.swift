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
  /// The tokens whose hidden states are left, where only some are.
  private(set) var kept: [Int]?
  private let memory: SharedBuffer<Float>
  private var tables: [Rotary: RotaryTable] = [:]

  /// A walk for at most as many tokens as the workspace has room for.
  init(_ decoder: Decoder, _ space: Workspace, workers: Int) {
    self.decoder = decoder
    self.space = space
    self.workers = workers
    memory = SharedBuffer(uninitialized: space.tokens * decoder.description.width)
  }

  /// Tokens whose hidden states are there.
  var tokenCount: Int { kept?.count ?? ranges.last?.upperBound ?? 0 }

  /// The hidden states, [tokens, width].
  var hidden: Matrix { Matrix(memory, rows: tokenCount, columns: decoder.description.width) }

  /// A part of the workspace as a matrix of the batch's tokens.
  func matrix(_ buffer: SharedBuffer<Float>, columns: Int) -> Matrix {
    Matrix(buffer, rows: tokenCount, columns: columns)
  }

  /// Begins with the embeddings of the windows' tokens, which are known to be in the vocabulary.
  func start(_ windows: [[Int32]]) throws(FormatError) {
    self.windows = windows
    kept = nil
    ranges = []
    for window in windows {
      ranges.append(tokenCount..<tokenCount + window.count)
    }
    let hidden = hidden
    let decoder = decoder
    let tokens = windows.flatMap { $0 }
    let positions = windows.flatMap { Array($0.indices) }
    let pool = space.pool
    let scale = decoder.description.embedding.scale
    try Workers.run(tokens.count, on: workers, scratch: { pool.lease() }) {
      (lease, index) throws(FormatError) in
      let row = hidden.rows(index..<index + 1)
      let token = Int(tokens[index])
      try row.decode(decoder.embedding, rows: token..<token + 1, &lease.scratch.bytes)
      if scale != 1 { row.scale(by: scale) }
      if let table = decoder.positions {
        let other = lease.scratch.matrix(rows: 1, columns: row.columns)
        let position = positions[index]
        try other.decode(table, rows: position..<position + 1, &lease.scratch.bytes)
        row.add(other)
      }
      if let type = decoder.tokenType { row.add(type) }
    }
    if let norm = decoder.embeddingNorm { normalize(hidden, norm, into: hidden) }
  }

  /// Goes on with hidden states that a walk left at the border of two layers, [tokens, width].
  func resume(_ windows: [[Int32]], from states: Matrix) {
    self.windows = windows
    kept = nil
    ranges = []
    for window in windows {
      ranges.append(tokenCount..<tokenCount + window.count)
    }
    hidden.copy(states)
  }

  /// Passes one layer.
  ///
  /// Where `keeping` is given, only these tokens go on after they have seen the others: what is
  /// computed for each token by itself is not needed for those that are not scored.
  func pass(_ index: Int, keeping rows: [Int]? = nil) throws(FormatError) {
    let weights = decoder.layers[index]
    let width = hidden.columns
    var input = hidden
    if let norm = weights.beforeMixer {
      input = matrix(space.normed, columns: width)
      normalize(hidden, norm, into: input)
    }
    if weights.layer.arrangement == .parallel {
      try passInParallel(weights, input, keeping: rows)
    } else {
      try pass(input, weights.afterMixer, weights) { (output) throws(FormatError) in
        try mix(input, weights, into: output)
      }
      if let rows { keep(rows, with: []) }
      guard let network = weights.network else { return }
      input = hidden
      if let norm = weights.beforeNetwork {
        input = matrix(space.normed, columns: width)
        normalize(hidden, norm, into: input)
      } else if network.experts != nil {
        // Experts read their input one after another while results are added to hidden states.
        input = matrix(space.normed, columns: width)
        input.copy(hidden)
      }
      try pass(input, weights.afterNetwork, weights) { (output) throws(FormatError) in
        try transform(input, network, into: output)
      }
    }
  }

  /// Adds a branch to the hidden states; a norm may stand before or after that.
  private func pass(
    _ input: Matrix, _ norm: NormWeights?, _ weights: LayerWeights,
    _ body: (Destination) throws(FormatError) -> Void
  ) throws(FormatError) {
    let hidden = hidden
    let scale = weights.layer.residualScale
    let isLast = weights.layer.arrangement == .normalizedAfter
    if let norm, !isLast {
      let branch = matrix(space.branch, columns: hidden.columns)
      try body(.put(branch))
      normalize(branch, norm, into: branch)
      add(branch, to: hidden, scale: scale)
    } else {
      try body(Destination(matrix: hidden, adds: true, scale: scale))
      if let norm { normalize(hidden, norm, into: hidden) }
    }
  }

  /// Mixer and network see the same hidden states.
  private func passInParallel(
    _ weights: LayerWeights, _ input: Matrix, keeping rows: [Int]?
  ) throws(FormatError) {
    let width = hidden.columns
    let branch = matrix(space.branch, columns: width)
    try mix(input, weights, into: .put(branch))
    if let norm = weights.afterMixer { normalize(branch, norm, into: branch) }
    var input = input
    if let norm = weights.beforeNetwork {
      input = matrix(space.second, columns: width)
      normalize(hidden, norm, into: input)
    } else if weights.beforeMixer == nil {
      input = matrix(space.second, columns: width)
      input.copy(hidden)
    }
    if let rows {
      keep(rows, with: [branch, input])
      input = input.rows(0..<rows.count)
    }
    let scale = weights.layer.residualScale
    add(branch.rows(0..<tokenCount), to: hidden, scale: scale)
    guard let network = weights.network else { return }
    let second = branch.rows(0..<tokenCount)
    try transform(input, network, into: .put(second))
    if let norm = weights.afterNetwork { normalize(second, norm, into: second) }
    add(second, to: hidden, scale: scale)
  }

  /// Moves the rows of some tokens, in their order, to the front of the hidden states and of what lies
  /// beside them, and goes on with these alone.
  private func keep(_ rows: [Int], with others: [Matrix]) {
    for matrix in [hidden] + others {
      for (target, row) in rows.enumerated() where target != row {
        matrix.rows(target..<target + 1).copy(matrix.rows(row..<row + 1))
      }
    }
    kept = rows
  }

  private func mix(
    _ input: Matrix, _ weights: LayerWeights, into output: Destination
  ) throws(FormatError) {
    switch weights.mixer {
    case .attention(let attention): try attend(input, attention, into: output)
    case .latentAttention(let attention): try attend(input, attention, into: output)
    case .stateSpace(let space): try scan(input, space, into: output)
    }
  }

  /// The table of a rotation, computed once.
  func table(_ rotary: Rotary) -> RotaryTable {
    let positions = windows.map { $0.count }.max() ?? 0
    if let table = tables[rotary], table.positions >= positions { return table }
    var factors: [Float]?
    if case .factors(let name) = rotary.scaling { factors = decoder.rotaryFactors[name] }
    let table = RotaryTable(rotary, positions: positions, factors: factors)
    tables[rotary] = table
    return table
  }
}
