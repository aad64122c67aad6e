internal import WeighbridgeByteIO
internal import WeighbridgeInference
internal import WeighbridgeJSON
internal import WeighbridgeModelIR
internal import WeighbridgeTokenizers

/// Cuts texts and conversations into the tokens of a model, for everything that runs a model on texts:
/// measuring, importance, calibration.
struct TextCutter {
  let tokenizer: TextTokenizer
  private let model: Model
  private let location: String
  private let template: String?

  /// A cutter for a model under GGUF's names; conversations are rendered by its own template, or by that
  /// of a file.
  init(_ model: Model, at location: String, template: String? = nil) throws {
    self.model = model
    self.location = location
    self.template = template
    tokenizer = try TextTokenizer.make(model.metadata)
  }

  /// What renders conversations; asked for only where there are some.
  private func conversations() throws -> ConversationTokens {
    let renderer =
      try template.map { try ConversationRenderer(file: $0, of: model) }
      ?? ConversationRenderer(of: model, at: location)
    guard let renderer else {
      throw RequestError(
        message: "\(location): the model has no chat template to render conversations by",
        hint: "give one with --template FILE")
    }
    return ConversationTokens(renderer, tokenizer, model.metadata)
  }

  /// All tokens of a source, one document behind another, and which of them are scored.
  func stream(
    _ documents: TextDocuments, parsesSpecial: Bool = false, scoring: ScoredTurns = .all
  ) throws -> (tokens: [Int32], scored: Set<Int>?) {
    var tokens: [Int32] = []
    var scored: Set<Int> = []
    var renderer: ConversationTokens?
    for document in documents.documents {
      switch document {
      case .text(let text):
        let part = tokenizer.encode(text, parseSpecial: parsesSpecial)
        if scoring != .all { scored.formUnion(tokens.count..<tokens.count + part.count) }
        tokens += part
      case .conversation(let conversation):
        let known = try renderer ?? conversations()
        renderer = known
        let part = try known.tokens(of: conversation, scoring: scoring)
        if scoring != .all { scored.formUnion(part.scored.map { $0 + tokens.count }) }
        tokens += part.tokens
      }
    }
    return (tokens, scoring == .all ? nil : scored)
  }

  /// The windows of a source.
  func windows(_ documents: TextDocuments, _ request: TextWindows) throws -> TokenWindows {
    guard request.context >= 4 else {
      throw RequestError(message: "a context has at least 4 tokens, not \(request.context)")
    }
    let plain = documents.documents.contains { if case .text = $0 { true } else { false } }
    let hasTurns = documents.documents.contains { if case .text = $0 { false } else { true } }
    guard hasTurns, !request.isPacked else {
      return try packed(documents, request)
    }
    guard !plain else {
      throw RequestError(
        message: "texts and conversations are in one source",
        hint: "name them apart, each with its --text, or put them behind each other with --pack")
    }
    guard request.stride == nil else {
      throw RequestError(
        message: "conversations have windows of their own, which --stride does not cut",
        hint: "--pack puts them behind each other")
    }
    let known = try conversations()
    var windows: [(tokens: [Int32], positions: [Int])] = []
    for case .conversation(let conversation) in documents.documents {
      let (tokens, scored) = try known.tokens(of: conversation, scoring: request.scoredTurns)
      windows += Self.windows(tokens, scored, context: request.context)
      if let limit = request.limit, windows.count >= limit { break }
    }
    if let limit = request.limit { windows = Array(windows.prefix(limit)) }
    guard !windows.isEmpty else {
      throw RequestError(
        message: "no token of the conversations is to be scored",
        hint: "--score assistant takes conversations in which the assistant answers")
    }
    return TokenWindows(windows)
  }

  /// The windows of one conversation: itself, or where it is longer than a context, windows that overlap by
  /// half, of each of which but the first the second half counts.
  static func windows(
    _ tokens: [Int32], _ scored: [Int], context: Int
  ) -> [(tokens: [Int32], positions: [Int])] {
    var windows: [(tokens: [Int32], positions: [Int])] = []
    var start = 0
    while true {
      let end = min(start + context, tokens.count)
      let first = start == 0 ? 1 : start + context / 2
      let own = scored.filter { (first..<max(first, end)).contains($0) }
      if !own.isEmpty {
        windows.append((Array(tokens[start..<end]), own.map { $0 - start - 1 }))
      }
      if end == tokens.count { return windows }
      start += context / 2
    }
  }

  private func packed(_ documents: TextDocuments, _ request: TextWindows) throws -> TokenWindows {
    let (tokens, scored) = try stream(documents, scoring: request.scoredTurns)
    let cut = try TokenWindows(
      tokens: tokens, context: request.context, limit: request.limit, stride: request.stride,
      beginToken: tokenizer.beginToken)
    guard let scored else { return cut }
    let step = request.stride ?? request.context
    let own = cut.windows.enumerated().map { index, window in
      (
        tokens: window,
        positions: cut.scored.filter { scored.contains(index * step + $0 + 1) }
      )
    }.filter { !$0.positions.isEmpty }
    guard !own.isEmpty else {
      throw RequestError(message: "no token of the windows is to be scored")
    }
    return TokenWindows(own)
  }
}
