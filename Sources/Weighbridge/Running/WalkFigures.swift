internal import WeighbridgeInference

/// How a text will walk through models in the memory that is allowed, decided before a weight is read.
public struct WalkFigures: Hashable, Sendable {
  /// Windows of the text.
  public let windows: Int
  /// Tokens of one.
  public let windowTokens: Int
  /// Windows that walk together: every weight that is read is multiplied with all of their tokens.
  public let windowsPerBatch: Int
  /// Walks through all layers: each reads every weight once.
  public let passes: Int
  /// Encoded bytes of layers and heads of all models.
  public let weightBytes: UInt64
  /// Bytes of what walks together.
  public let activationBytes: Int
  /// Bytes of one window's share of that.
  public let bytesPerWindow: Int
  /// Workers.
  public let workers: Int
  /// Bytes of the weights that one worker holds at a time.
  public let panelBytes: Int
  /// Bytes for a slice of the output head and its logits.
  public let headBytes: Int
  /// Bytes of the scores of all tokens, which are kept to the end.
  public let scoreBytes: Int
  /// Bytes of everything that grows with the text or the model's width.
  public let totalBytes: Int
  /// Bytes that are allowed.
  public let memory: UInt64

  init(_ plan: WalkPlan) {
    windows = plan.windows
    windowTokens = plan.windowTokens
    windowsPerBatch = plan.windowsPerBatch
    passes = plan.passes
    weightBytes = plan.weightBytes
    activationBytes = plan.activationBytes
    bytesPerWindow = plan.bytesPerWindow
    workers = plan.workers
    panelBytes = plan.panelBytes
    headBytes = plan.headBytes
    scoreBytes = plan.scoreBytes
    totalBytes = plan.totalBytes
    memory = plan.memory
  }
}
