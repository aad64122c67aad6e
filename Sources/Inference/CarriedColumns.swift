/// What goes from layer to layer beside the hidden states: columns behind them, so that whoever keeps or
/// moves a token's states keeps and moves these, too.
struct CarriedColumns: Hashable, Sendable {
  /// Elements of a hidden state.
  let hidden: Int
  /// All columns.
  private(set) var count: Int
  /// Keys and values that later layers use again, by the layer that made them.
  private(set) var keys: [Int: Range<Int>] = [:]
  /// The streams of AltUp beside the active one, and room for one more.
  private(set) var streams: Range<Int>?

  /// The columns that some layers need.
  init(hidden: Int, _ layers: [Layer], streams: Int) {
    self.hidden = hidden
    count = hidden
    if streams > 1 { self.streams = add(streams * hidden) }
    for (index, layer) in layers.enumerated() {
      for stage in layer.stages {
        for case let part as Attention in stage.branches.map(\.part)
        where part.description.keepsKeys {
          keys[index] = add(part.description.keyColumns + part.description.valueColumns)
        }
      }
    }
  }

  private mutating func add(_ columns: Int) -> Range<Int> {
    defer { count += columns }
    return count..<count + columns
  }
}

extension DecoderWalk {
  /// The keys and values that a layer has left for later ones.
  func keptKeys(of layer: Int) -> Matrix {
    guard let columns = decoder.carried.keys[layer] else {
      preconditionFailure("layer \(layer) keeps no keys")
    }
    return state.columns(columns)
  }
}
