internal import WeighbridgeByteIO
internal import WeighbridgeModelIR

/// Which layers look back no further than a window, and so keep no more than that.
struct SlidingWindows {
  /// Tokens of the window; nil where there is none.
  let size: Int?
  private let layers: [Bool]?
  private let period: Int
  private let isDenseFirst: Bool

  /// Periods that llama.cpp gives an architecture whose file does not say one (src/models/*.cpp,
  /// `load_swa_pattern`).
  private static let periods = [
    "gemma2": 2, "gemma3": 6, "gemma3n": 5, "cohere2": 4, "gpt-oss": 2, "exaone4": 4, "llama4": 4,
    "olmo2": 4, "smallthinker": 4, "afmoe": 4, "plamo3": 8,
  ]

  init(_ metadata: Metadata) {
    let keys = ArchitectureKeys(metadata)
    let pattern = keys["attention.sliding_window_pattern"]
    layers = pattern?.array.flatMap { $0.bools ?? $0.integers?.map { $0 != 0 } }
    let known = Self.periods[keys.name]
    period = pattern?.integer ?? known ?? 0
    isDenseFirst = keys.name == "smallthinker"
    let size =
      keys.integer("attention.sliding_window") ?? keys.integer("attention.chunk_size")
    // Other architectures announce a window that llama.cpp does not use.
    let isUsed = layers != nil || pattern != nil || known != nil
    self.size = isUsed ? size.flatMap { $0 > 0 ? $0 : nil } : nil
  }

  /// Whether a layer slides (llama-hparams.cpp, `set_swa_pattern`).
  func slides(_ layer: Int) -> Bool {
    guard size != nil else { return false }
    if let layers { return layers.indices.contains(layer) && layers[layer] }
    guard period > 0 else { return true }
    return isDenseFirst ? layer % period != 0 : layer % period < period - 1
  }

  /// Positions that a layer keeps (llama-kv-cache-iswa.cpp: window and batch, in steps of 256).
  func positions(_ layer: Int, context: Int, batch: Int) -> Int {
    guard slides(layer), let size else { return context }
    let (sum, overflow) = size.addingReportingOverflow(batch)
    let wanted = overflow ? context : min(context, sum)
    return min(context, (wanted + 255) / 256 * 256)
  }
}
