internal import WeighbridgeInference

/// Windows of several texts, cut where what was measured so far is given away.
struct WindowPauses {
  /// The windows between two pauses, and whether there is one behind them; windows of two texts are never
  /// together.
  private(set) var parts: [(windows: TokenWindows, isFollowedByPause: Bool)] = []

  /// Pauses after every so many windows, `earlier` ones counted; never for 0.
  init(_ texts: [TokenWindows], every step: Int, after earlier: Int) {
    var done = max(0, earlier)
    for text in texts {
      var rest = text.windows[...]
      while !rest.isEmpty {
        let part = rest.prefix(step > 0 ? step - done % step : rest.count)
        rest = rest.dropFirst(part.count)
        done += part.count
        parts.append(
          (TokenWindows(windows: Array(part), scored: text.scored), step > 0 && done % step == 0))
      }
    }
  }
}
