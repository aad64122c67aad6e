internal import WeighbridgeModelIR

/// How a text walks through models in the memory that is allowed: decided before a weight is read.
package struct WalkPlan: Hashable, Sendable {
  /// Windows of the text.
  package let windows: Int
  /// Tokens of the longest.
  package let windowTokens: Int
  /// Windows that walk together: every weight that is read is multiplied with all of their tokens.
  package let windowsPerBatch: Int
  /// Bytes of hidden states, and of what is made of them, for one window.
  package let bytesPerWindow: Int
  /// Workers.
  package let workers: Int
  /// Bytes of the weights that one worker holds at a time.
  package let panelBytes: Int
  /// Bytes for a slice of the output head and its logits.
  package let headBytes: Int
  /// Bytes of the scores of all tokens, which are kept to the end.
  package let scoreBytes: Int
  /// Encoded bytes of layers and heads of all models.
  package let weightBytes: UInt64
  /// What may be used.
  package let memory: UInt64

  /// Walks through all layers: each reads every weight once.
  package var passes: Int { (windows + windowsPerBatch - 1) / windowsPerBatch }
  /// Bytes of what walks together.
  package var activationBytes: Int { windowsPerBatch * bytesPerWindow }
  /// Bytes of everything that grows with the text or the model's width.
  package var totalBytes: Int { activationBytes + fixedBytes }

  private var fixedBytes: Int { workers * panelBytes + headBytes + scoreBytes }

  /// Bytes of scores that are kept of one token.
  static let bytesPerScore = 64

  /// Plans a walk; throws where not even one window fits into the memory.
  package init(
    _ decoders: [Decoder], on windows: TokenWindows, against baseline: Baseline? = nil,
    options: InferenceOptions
  ) throws(InferenceError) {
    let length = windows.windows.map { $0.count }.max() ?? 1
    let tile = Tile.native
    self.windows = windows.windows.count
    windowTokens = length
    workers = options.threads
    memory = options.memory
    bytesPerWindow = WorkspaceNeed(decoders, length: length, tile: tile)
      .bytesPerWindow(length: length)
    let attention = 4 * tile.attentionScratch(keys: length, depth: 512)
    let heads = (baseline.map { [OutputHead($0)] } ?? []) + decoders.compactMap { OutputHead($0) }
    let head = HeadSlice(heads)
    panelBytes = max(decoders.map(\.panelBytes).max() ?? 0, attention, head.workerBytes)
    headBytes = head.sharedBytes
    scoreBytes =
      windows.scoredCount * heads.count * WalkPlan.bytesPerScore
    weightBytes = decoders.reduce(0) { $0 + $1.weightBytes }
    let fixed = options.threads * panelBytes + headBytes + scoreBytes
    let left = Int(clamping: options.memory) - fixed
    guard left >= bytesPerWindow else {
      let needed = (fixed + bytesPerWindow) >> 20 + 1
      throw .model(
        ModelError(
          .invalidRequest, "memory",
          "a window of \(length) tokens needs \(needed) MiB and \(options.memory >> 20) MiB are "
            + "allowed; a smaller context needs less"))
    }
    windowsPerBatch = max(1, min(left / max(1, bytesPerWindow), windows.windows.count))
  }
}
