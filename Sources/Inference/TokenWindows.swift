internal import WeighbridgeByteIO
package import WeighbridgeModelIR

/// A text cut into windows of equal length, and which of their tokens count.
package struct TokenWindows: Sendable {
  package let windows: [[Int32]]
  /// Positions whose next token is predicted and scored, the same in every window.
  ///
  /// The last one is the last but one of the window, so that its next token is in the window too.
  ///
  /// Windows with positions of their own do not have these.
  package let scored: Range<Int>
  /// For each window the positions whose next token is scored, rising; nil where all have `scored`.
  package let ownPositions: [[Int]]?

  /// Windows that follow each other as in llama.cpp's perplexity.
  ///
  /// Each has `context` tokens, of which the second half counts; what is left at the end is not
  /// used. The first token of each window is replaced by `beginToken` where the model wants one.
  /// With a `stride` windows overlap: each starts `stride` tokens after the one before, and its last
  /// `stride` predictions count. `limit` is the largest number of windows.
  package init(
    tokens: [Int32], context: Int, limit: Int? = nil, stride: Int? = nil, beginToken: Int32? = nil
  ) throws(ModelError) {
    guard context >= 4, stride.map({ $0 >= 1 && $0 < context }) ?? true else {
      throw ModelError(
        .invalidRequest, "context", "a context of at least 4 and a stride below it are needed")
    }
    let step = stride ?? context
    let count = tokens.count < context ? 0 : (tokens.count - context) / step + 1
    guard count > 0 else {
      throw ModelError(
        .invalidRequest, "text",
        "the text has \(tokens.count) \(tokens.count == 1 ? "token" : "tokens"), fewer than one window of "
          + "\(context)",
        hint: tokens.count < 8 ? nil : "shorter windows fit: --context \(tokens.count / 2)")
    }
    windows = (0..<min(count, limit ?? count)).map { index in
      var window = Array(tokens[index * step..<index * step + context])
      if let beginToken { window[0] = beginToken }
      return window
    }
    scored = stride.map { context - 1 - $0..<context - 1 } ?? context / 2..<context - 1
    ownPositions = nil
  }

  /// Windows of any length, each with the positions whose next token is scored.
  package init(_ windows: [(tokens: [Int32], positions: [Int])]) {
    self.windows = windows.map { $0.tokens }
    let positions = windows.map { window in
      window.positions.filter { $0 >= 0 && $0 + 1 < window.tokens.count }
    }
    ownPositions = positions
    scored = 0..<max(0, (windows.map { $0.tokens.count }.max() ?? 0) - 1)
  }

  /// Windows that were cut before.
  package init(windows: [[Int32]], scored: Range<Int>) {
    self.windows = windows
    self.scored = scored
    ownPositions = nil
  }

  /// Windows of several texts, one text after another.
  package init(joining texts: [TokenWindows]) {
    windows = texts.flatMap(\.windows)
    let alike = texts.allSatisfy { $0.ownPositions == nil && $0.scored == texts.first?.scored }
    ownPositions =
      alike ? nil : texts.flatMap { text in text.windows.indices.map { text.positions(of: $0) } }
    scored =
      alike
      ? texts.first?.scored ?? 0..<0
      : 0..<max(0, (windows.map(\.count).max() ?? 0) - 1)
  }

  /// Some of the windows.
  package func part(_ range: Range<Int>) -> TokenWindows {
    guard let ownPositions else {
      return TokenWindows(windows: Array(windows[range]), scored: scored)
    }
    return TokenWindows(range.map { (windows[$0], ownPositions[$0]) })
  }

  /// Positions of a window whose next token is scored.
  package func positions(of window: Int) -> [Int] {
    ownPositions?[window] ?? scored.filter { $0 + 1 < windows[window].count }
  }

  /// Scored positions of each window.
  package var scoredCounts: [Int] { windows.indices.map { positions(of: $0).count } }
  /// Those of all windows.
  package var scoredCount: Int { scoredCounts.reduce(0, +) }

  /// One window that is taken as it is; every position but the last counts.
  package init(window: [Int32]) {
    windows = [window]
    scored = 0..<max(0, window.count - 1)
    ownPositions = nil
  }

  /// The tokens of all windows.
  package var tokenCount: Int { windows.reduce(0) { $0 + $1.count } }

  /// Batches of at most `size` windows, and where their tokens lie among all.
  func forBatches(
    of size: Int, _ body: ([[Int32]], Range<Int>) throws(FormatError) -> Void
  ) throws(FormatError) {
    var first = 0
    for start in stride(from: 0, to: windows.count, by: size) {
      let batch = Array(windows[start..<min(start + size, windows.count)])
      let count = batch.reduce(0) { $0 + $1.count }
      try body(batch, first..<first + count)
      first += count
    }
  }
}
