internal import WeighbridgeByteIO
internal import WeighbridgeInference
internal import WeighbridgeModelIR
internal import WeighbridgeTokenizers

/// Where a model differs from its reference: at which positions, on which kinds of tokens, in which windows.
public struct DivergenceBreakdown: Hashable, Sendable {
  /// Some of the scored tokens together.
  public struct Group: Hashable, Sendable {
    /// Positions, `256-287`, or a kind of token, `digits`.
    public let name: String
    /// How many tokens.
    public let tokens: Int
    /// Their mean divergence.
    public let divergence: Double
    /// Their mean of −ln p, the model's less the reference's.
    public let logPerplexityRatio: Double
    /// The share of them whose most likely successor is the same.
    public let sameTop: Double
  }

  /// A window.
  public struct Window: Hashable, Sendable {
    /// The number of its text, from 0.
    public let part: Int
    /// Its own in that text, from 0.
    public let number: Int
    /// The mean divergence of its scored tokens.
    public let divergence: Double
    /// Where the divergence is largest, what is written there.
    public let text: String
  }

  /// A scored token.
  public struct Token: Hashable, Sendable {
    /// The number of its text, from 0.
    public let part: Int
    /// The number of its window in that text, from 0.
    public let window: Int
    /// The position in the window that predicts it.
    public let position: Int
    /// Its divergence.
    public let divergence: Double
    /// What stands before it.
    public let context: String
    /// The token itself.
    public let token: String
    /// What the reference holds most likely.
    public let referenceBest: String
    /// What the model holds most likely.
    public let modelBest: String
  }

  /// By position, in eight ranges.
  public private(set) var positions: [Group] = []
  /// By kind of the token that is predicted; kinds that occur.
  public private(set) var classes: [Group] = []
  /// The windows that differ most, at most five.
  public private(set) var worstWindows: [Window] = []
  /// The tokens that differ most, at most ten.
  public private(set) var worstTokens: [Token] = []

  /// Where a scored token stands.
  private struct Place {
    let window: Int
    let position: Int
    let target: Int32
  }

  init(
    _ comparison: Comparison, _ cut: TokenWindows, _ parts: [TextPart], _ tokenizer: TextTokenizer
  ) {
    var places: [Place] = []
    places.reserveCapacity(comparison.scores.count)
    for window in cut.windows.indices {
      for position in cut.positions(of: window) {
        places.append(
          Place(window: window, position: position, target: cut.windows[window][position + 1]))
      }
    }
    guard places.count == comparison.scores.count, !places.isEmpty else { return }
    positions = Self.byPosition(comparison, places)
    classes = Self.byClass(comparison, places, tokenizer)
    let order = comparison.scores.indices.sorted {
      comparison.scores[$0].divergence > comparison.scores[$1].divergence
    }
    let texts = Texts(cut, parts, tokenizer)
    worstTokens = order.prefix(10).map {
      texts.token(places[$0].window, places[$0].position, comparison, $0)
    }
    var worst: [Int: Int] = [:]
    for index in order where worst[places[index].window] == nil {
      worst[places[index].window] = index
    }
    let windows = comparison.windows.indices.filter { worst[$0] != nil }.sorted {
      comparison.windows[$0].divergence > comparison.windows[$1].divergence
    }
    worstWindows = windows.prefix(5).map { window in
      texts.window(
        window, comparison.windows[window].divergence, at: places[worst[window] ?? 0].position)
    }
  }

  private static func group(
    _ name: String, _ members: [Int], _ comparison: Comparison
  ) -> Group {
    let count = Double(max(1, members.count))
    var (divergence, ratio, same) = (0.0, 0.0, 0.0)
    for member in members {
      let (own, base) = (comparison.scores[member], comparison.referenceScores[member])
      divergence += own.divergence
      ratio += own.negativeLogLikelihood - base.negativeLogLikelihood
      same += own.best == base.best ? 1 : 0
    }
    return Group(
      name: name, tokens: members.count, divergence: divergence / count,
      logPerplexityRatio: ratio / count, sameTop: same / count)
  }

  private static func byPosition(_ comparison: Comparison, _ places: [Place]) -> [Group] {
    let first = places.map(\.position).min() ?? 0
    let last = places.map(\.position).max() ?? 0
    let step = max(1, (last - first + 8) / 8)
    var members: [[Int]] = Array(repeating: [], count: (last - first) / step + 1)
    for (index, place) in places.enumerated() {
      members[(place.position - first) / step].append(index)
    }
    return members.enumerated().filter { !$0.element.isEmpty }.map { number, members in
      let start = first + number * step
      return group("\(start)-\(min(last, start + step - 1))", members, comparison)
    }
  }

  private static func byClass(
    _ comparison: Comparison, _ places: [Place], _ tokenizer: TextTokenizer
  ) -> [Group] {
    var known: [Int32: TokenClass] = [:]
    var members: [TokenClass: [Int]] = [:]
    for (index, place) in places.enumerated() {
      let kind = known[place.target] ?? tokenizer.kind(of: place.target)
      known[place.target] = kind
      members[kind, default: []].append(index)
    }
    return TokenClass.allCases.compactMap { kind in
      members[kind].map { group(kind.rawValue, $0, comparison) }
    }
  }
}

extension TextTokenizer {
  /// What a token's text is made of.
  fileprivate func kind(of token: Int32) -> TokenClass {
    guard vocabulary.kinds.indices.contains(Int(token)) else { return .special }
    let kind = vocabulary.kinds[Int(token)]
    return TokenClass(
      Array(base.piece(token)), isControl: kind == .control || kind == .unknown)
  }
}

extension DivergenceBreakdown {
  /// Windows and tokens as text.
  private struct Texts {
    let cut: TokenWindows
    let parts: [TextPart]
    let tokenizer: TextTokenizer

    init(_ cut: TokenWindows, _ parts: [TextPart], _ tokenizer: TextTokenizer) {
      self.cut = cut
      self.parts = parts
      self.tokenizer = tokenizer
    }

    private func text(_ tokens: some Sequence<Int32>) -> String {
      let vocabulary = tokenizer.vocabulary
      var bytes: [UInt8] = []
      for token in tokens where vocabulary.tokens.indices.contains(Int(token)) {
        let kind = vocabulary.kinds[Int(token)]
        bytes +=
          kind == .control || kind == .unknown
          ? vocabulary.tokens[Int(token)].bytes : tokenizer.base.piece(token)
      }
      return String(decoding: bytes, as: UTF8.self)
    }

    /// The number of a window's text, and the window's own in it.
    private func place(_ window: Int) -> (part: Int, number: Int) {
      let part = parts.firstIndex { $0.windows.contains(window) } ?? 0
      let start = parts.indices.contains(part) ? parts[part].windows.lowerBound : 0
      return (part, window - start)
    }

    func window(_ window: Int, _ divergence: Double, at position: Int) -> Window {
      let tokens = cut.windows[window]
      let range = max(0, position - 24)..<min(tokens.count, position + 12)
      let (part, number) = place(window)
      return Window(
        part: part, number: number, divergence: divergence, text: text(tokens[range]))
    }

    func token(_ window: Int, _ position: Int, _ comparison: Comparison, _ index: Int) -> Token {
      let tokens = cut.windows[window]
      let (part, number) = place(window)
      return Token(
        part: part, window: number, position: position,
        divergence: comparison.scores[index].divergence,
        context: text(tokens[max(0, position - 11)...position]),
        token: text(CollectionOfOne(tokens[position + 1])),
        referenceBest: text(CollectionOfOne(Int32(comparison.referenceScores[index].best))),
        modelBest: text(CollectionOfOne(Int32(comparison.scores[index].best))))
    }
  }
}

extension TextEvaluation {
  /// Where a model that was compared differs; nil where the reference's tokenizer is not known.
  public func breakdown(of difference: ModelDifference) -> DivergenceBreakdown? {
    guard let tokenizer else { return nil }
    return DivergenceBreakdown(difference.comparison, cut, parts, tokenizer)
  }
}
