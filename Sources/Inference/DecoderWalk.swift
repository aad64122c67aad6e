internal import Architectures
internal import ByteIO
internal import ModelIR

/// Memory for what lies between hidden states; walks that take turns share it.
struct Workspace: Sendable {
  /// Tokens that walk together at most.
  let tokens: Int
  let normed: SharedBuffer<Float>
  let second: SharedBuffer<Float>
  let branch: SharedBuffer<Float>
  let wide: SharedBuffer<Float>
  let mixed: SharedBuffer<Float>
  let pool = ScratchPool()

  /// Memory that serves any of the decoders.
  init(_ decoders: [Decoder], tokens: Int) {
    self.tokens = tokens
    let width = decoders.map { $0.description.width }.max() ?? 0
    normed = SharedBuffer(count: tokens * width, repeating: 0)
    second = SharedBuffer(count: tokens * width, repeating: 0)
    branch = SharedBuffer(count: tokens * width, repeating: 0)
    wide = SharedBuffer(
      count: tokens * (decoders.map { $0.wideColumns }.max() ?? 0), repeating: 0)
    mixed = SharedBuffer(
      count: tokens * (decoders.map { $0.mixedColumns }.max() ?? 0), repeating: 0)
  }

  /// Bytes that one token needs in the workspace and in the hidden states.
  static func bytesPerToken(_ decoders: [Decoder]) -> Int {
    let hidden = decoders.reduce(0) { $0 + $1.description.width }
    let width = decoders.map { $0.description.width }.max() ?? 0
    let wide = decoders.map { $0.wideColumns }.max() ?? 0
    let mixed = decoders.map { $0.mixedColumns }.max() ?? 0
    return 4 * (hidden + 3 * width + wide + mixed)
  }
}

extension Decoder {
  /// The widest row that any layer needs.
  var wideColumns: Int { layers.map { $0.wideColumns }.max() ?? 0 }
  /// The widest result of a mixer.
  var mixedColumns: Int { layers.map { $0.mixedColumns }.max() ?? 0 }
}

/// The hidden states of a batch of windows on their way through the layers of one model.
final class DecoderWalk {
  let decoder: Decoder
  let space: Workspace
  let workers: Int
  /// Sees what every matrix of weights is multiplied with.
  var squares: ActivationSquares?
  /// The windows that walk.
  private(set) var windows: [[Int32]] = []
  /// Rows of each window in `hidden`.
  private(set) var ranges: [Range<Int>] = []
  private let memory: SharedBuffer<Float>
  private var tables: [Rotary: RotaryTable] = [:]

  /// A walk for at most as many tokens as the workspace has room for.
  init(_ decoder: Decoder, _ space: Workspace, workers: Int) {
    self.decoder = decoder
    self.space = space
    self.workers = workers
    memory = SharedBuffer(count: space.tokens * decoder.description.width, repeating: 0)
  }

  /// Tokens that walk.
  var tokenCount: Int { ranges.last?.upperBound ?? 0 }

  /// The hidden states, [tokens, width].
  var hidden: Matrix { Matrix(memory, rows: tokenCount, columns: decoder.description.width) }

  /// A part of the workspace as a matrix of the batch's tokens.
  func matrix(_ buffer: SharedBuffer<Float>, columns: Int) -> Matrix {
    Matrix(buffer, rows: tokenCount, columns: columns)
  }

  /// Begins with the embeddings of the windows' tokens, which are known to be in the vocabulary.
  func start(_ windows: [[Int32]]) throws(FormatError) {
    self.windows = windows
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

  /// Passes one layer.
  func pass(_ index: Int) throws(FormatError) {
    let weights = decoder.layers[index]
    let hidden = hidden
    let width = hidden.columns
    var input = hidden
    if let norm = weights.beforeMixer {
      input = matrix(space.normed, columns: width)
      normalize(hidden, norm, into: input)
    }
    let branch = matrix(space.branch, columns: width)
    try mix(input, weights, into: branch)
    if let norm = weights.afterMixer, weights.layer.arrangement != .normalizedAfter {
      normalize(branch, norm, into: branch)
    }
    var networkInput = input
    if weights.layer.arrangement == .parallel {
      if let norm = weights.beforeNetwork {
        networkInput = matrix(space.second, columns: width)
        normalize(hidden, norm, into: networkInput)
      } else if weights.beforeMixer == nil {
        networkInput = matrix(space.second, columns: width)
        networkInput.copy(hidden)
      }
    }
    add(branch, to: hidden, scale: weights.layer.residualScale)
    if weights.layer.arrangement == .normalizedAfter, let norm = weights.afterMixer {
      normalize(hidden, norm, into: hidden)
    }
    guard let network = weights.network else { return }
    if weights.layer.arrangement != .parallel {
      networkInput = hidden
      if let norm = weights.beforeNetwork {
        networkInput = matrix(space.normed, columns: width)
        normalize(hidden, norm, into: networkInput)
      }
    }
    try transform(networkInput, network, into: branch)
    if let norm = weights.afterNetwork, weights.layer.arrangement != .normalizedAfter {
      normalize(branch, norm, into: branch)
    }
    add(branch, to: hidden, scale: weights.layer.residualScale)
    if weights.layer.arrangement == .normalizedAfter, let norm = weights.afterNetwork {
      normalize(hidden, norm, into: hidden)
    }
  }

  private func mix(
    _ input: Matrix, _ weights: LayerWeights, into output: Matrix
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
