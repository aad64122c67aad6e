internal import WeighbridgeByteIO
internal import WeighbridgeInference
internal import WeighbridgeModelIR
internal import WeighbridgeTokenizers

/// A text that models walk through together, layer by layer: nothing is stored, and each file is read
/// once.
///
/// Memory does not grow with the models or the text: as many windows walk together as
/// ``Resources/memory`` has room for.
public struct TextEvaluation: Sendable {
  /// The reference.
  public let reference: MeasuredModel
  /// Windows that the text is cut into.
  public let windowCount: Int
  /// Tokens of one window, at most.
  public let context: Int
  /// The texts, in the order in which their windows walk.
  public let parts: [TextPart]
  /// What was noticed: windows longer than the reference was trained for.
  public let diagnostics: [Diagnostic]
  private let models: [RunnableModel]
  let cut: TokenWindows
  /// A reference that was stored; else it is the first model.
  private let stored: Baseline?

  /// Cuts `text` for models, of which the first is the reference and the others are measured against it.
  ///
  /// Throws where there is no model, where vocabularies differ, or where the text has not one window.
  public init(
    of text: [UInt8], by models: [RunnableModel], windows: TextWindows = TextWindows()
  ) throws(WeighbridgeError) {
    try self.init(by: models, windows) { first throws in
      [(TextPart("text", digest: nil), try windows.cut(text, for: first.model))]
    }
  }

  /// Cuts what lies at several places; each is a part of the results.
  ///
  /// Conversations are rendered by the first model's chat template, so that all models see one text.
  public init(
    of sources: [TextSource], by models: [RunnableModel], windows: TextWindows = TextWindows()
  ) throws(WeighbridgeError) {
    try self.init(by: models, windows) { first throws in
      let cutter = try TextCutter(
        first.model, at: first.summary.location, template: windows.template)
      return try sources.map { source in
        let documents = try TextDocuments(source)
        return (
          TextPart(source, digest: documents.digest),
          try source.named { try cutter.windows(documents, windows) }
        )
      }
    }
  }

  private init(
    by models: [RunnableModel], _ windows: TextWindows,
    _ cut: (RunnableModel) throws -> [(TextPart, TokenWindows)]
  ) throws(WeighbridgeError) {
    guard let first = models.first else {
      throw WeighbridgeError(RequestError(message: "there is no model to measure"))
    }
    let texts = try publicly {
      try Self.check(models)
      let texts = try cut(first)
      guard !texts.isEmpty else { throw RequestError(message: "there is no text") }
      return texts
    }
    self.cut = TokenWindows(joining: texts.map { $0.1 })
    parts = TextPart.placed(texts)
    self.models = models
    stored = nil
    reference = first.summary
    windowCount = self.cut.windows.count
    context = self.cut.windows.map(\.count).max() ?? 0
    diagnostics = Self.diagnostics(first, context)
  }

  /// Takes the windows of a stored reference; all models are measured against it.
  ///
  /// It was stored by ``differences(using:storingReferenceAt:replaces:)``, or by llama-perplexity's
  /// `--kl-divergence-base`.
  ///
  /// A `text` that is given must be the one that it was stored for.
  public init(
    against path: String, by models: [RunnableModel], text: [UInt8]? = nil
  ) throws(WeighbridgeError) {
    guard let first = models.first else {
      throw WeighbridgeError(RequestError(message: "there is no model to measure"))
    }
    try self.init(against: path, by: models) { baseline in
      try text.map { text in
        var windows = TextWindows()
        windows.context = baseline.windows.first?.count ?? 0
        return try windows.cut(text, for: first.model)
      }
    }
  }

  /// The same; `sources` that are given must be those that it was stored for, cut alike.
  public init(
    against path: String, by models: [RunnableModel], of sources: [TextSource],
    windows: TextWindows = TextWindows()
  ) throws(WeighbridgeError) {
    try self.init(against: path, by: models) { baseline in
      guard let first = models.first, !sources.isEmpty else { return nil }
      var windows = windows
      if baseline.ownPositions == nil { windows.context = baseline.windows.first?.count ?? 0 }
      let cutter = try TextCutter(
        first.model, at: first.summary.location, template: windows.template)
      return TokenWindows(
        joining: try sources.map { try cutter.windows(TextDocuments($0), windows) })
    }
  }

  private init(
    against path: String, by models: [RunnableModel],
    _ expected: (TokenWindows) throws -> TokenWindows?
  ) throws(WeighbridgeError) {
    guard let first = models.first else {
      throw WeighbridgeError(RequestError(message: "there is no model to measure"))
    }
    let (baseline, reference, parts) = try publicly {
      try Self.check(models)
      let begin = try TextTokenizer.make(first.model.metadata).beginToken
      let found = try BaselineFile.open(path, beginToken: begin)
      if let own = try expected(found.baseline.windows) {
        try Self.check(own, is: found.baseline, in: path)
      }
      return found
    }
    self.reference = reference
    self.models = models
    stored = baseline
    cut = baseline.windows
    windowCount = cut.windows.count
    context = cut.windows.map(\.count).max() ?? 0
    self.parts = parts
    diagnostics = []
  }

  /// How the text will walk through the models; no weight is read.
  public func plan(
    using resources: Resources = Resources()
  ) throws(WeighbridgeError) -> WalkFigures {
    try publicly {
      WalkFigures(
        try WalkPlan(
          models.map(\.decoder), on: cut, against: stored, options: resources.inference))
    }
  }

  /// The tokenizer of the models.
  var tokenizer: TextTokenizer? {
    models.first.flatMap { try? TextTokenizer.make($0.model.metadata) }
  }

  /// How well the reference predicts the text; a stored one has the figures with each difference.
  public func prediction(
    using resources: Resources = Resources()
  ) throws(WeighbridgeError) -> TextPrediction {
    try publicly {
      let scores = try Perplexity.scores(
        of: [models[0].decoder], on: cut, options: resources.inference)[0]
      return TextPrediction(
        Perplexity(scores, windows: windowCount),
        parts: parts.map { part in
          Perplexity(Array(scores[part.tokens]), windows: part.windowCount)
        })
    }
  }

  /// What changed between the reference and each of the others, in their order.
  ///
  /// With `path`, what the reference predicts is stored there on the way, for a later evaluation.
  public func differences(
    using resources: Resources = Resources(), storingReferenceAt path: String? = nil,
    replaces: Bool = false
  ) throws(WeighbridgeError) -> [ModelDifference] {
    try publicly {
      let options = resources.inference
      if let stored {
        let results = try Comparison.measure(
          models.map(\.decoder), against: stored, options: options)
        return zip(models, results).map { ModelDifference($0.summary, $1, parts) }
      }
      let others = Array(models.dropFirst())
      var results: [Comparison] = []
      let measure = { (recorder: (any BaselineRecorder)?) in
        results = try Comparison.measure(
          others.map(\.decoder), against: models[0].decoder, on: cut, options: options,
          recorder: recorder)
      }
      if let path {
        try BaselineFile.record(
          models[0].decoder, cut, reference, of: parts, to: path, replacing: replaces
        ) { try measure($0) }
      } else {
        try measure(nil)
      }
      return zip(others, results).map { ModelDifference($0.summary, $1, parts) }
    }
  }

  /// The beginning of what is scored of a window, as text; nil where its tokens have none.
  package func excerpt(ofWindow index: Int, tokens: Int = 40) -> String? {
    guard cut.windows.indices.contains(index), let model = models.first?.model,
      let tokenizer = try? TextTokenizer.make(model.metadata)
    else { return nil }
    let first = cut.positions(of: index).first ?? 0
    let scored = cut.windows[index].dropFirst(first).prefix(tokens)
    return String(decoding: tokenizer.decode(scored), as: UTF8.self)
  }

  private static func check(_ models: [RunnableModel]) throws {
    for other in models {
      do { try models[0].decoder.requireSameVocabulary(as: other.decoder) } catch {
        guard case .model(let reason) = error else { throw error }
        throw ModelError(
          reason.code, other.summary.location, reason.message,
          hint:
            "the reference is \(models[0].summary.location); look at both with inspect --tokenizer")
      }
    }
  }

  private static func check(
    _ own: TokenWindows, is baseline: Baseline, in path: String
  ) throws {
    let own = own.windows
    guard own.starts(with: baseline.windows.windows, by: { $0.dropFirst() == $1.dropFirst() })
    else {
      throw ModelError(
        .invalidRequest, path, "it was stored for another text, or for other tokens",
        hint: "leave --text out to use the stored tokens")
    }
  }

  private static func diagnostics(_ model: RunnableModel, _ context: Int) -> [Diagnostic] {
    guard let limit = model.trainedContext, context > limit else { return [] }
    return [
      Diagnostic(
        .warning, "long-window", at: "context",
        "a window of \(context) tokens is longer than the \(limit) that the model was trained for")
    ]
  }
}
