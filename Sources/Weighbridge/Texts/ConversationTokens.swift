internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR
internal import WeighbridgeTokenizers

/// Conversations as the tokens that a model reads, and which of them count.
struct ConversationTokens {
  private let renderer: ConversationRenderer
  private let tokenizer: TextTokenizer
  private let ends: Set<Int>

  init(_ renderer: ConversationRenderer, _ tokenizer: TextTokenizer, _ metadata: Metadata) {
    self.renderer = renderer
    self.tokenizer = tokenizer
    ends = EndTokens(metadata, metadata["tokenizer.ggml.tokens"]?.array?.strings ?? []).ids
  }

  /// The tokens, and those of them that are scored, by number.
  ///
  /// A begin token that the model wants stands before them, unless the template has written it.
  func tokens(
    of conversation: Conversation, scoring: ScoredTurns
  ) throws -> (tokens: [Int32], scored: [Int]) {
    let text = try rendered(conversation, conversation.messages)
    var tokens = cut(text[...])
    var shift = 0
    if let begin = tokenizer.beginToken, tokens.first != begin {
      tokens.insert(begin, at: 0)
      shift = 1
    }
    if scoring == .all { return (tokens, Array(tokens.indices.dropFirst())) }
    var turns = conversation.messages.indices.filter {
      conversation.messages[$0]["role"]?.text == "assistant"
    }
    if scoring == .last { turns = turns.suffix(1) }
    var scored: [Int] = []
    for turn in turns {
      let span = try span(of: turn, in: conversation, text)
      let first = place(span.start, text, tokens.dropFirst(shift)) + shift
      let answered = place(span.answered, text, tokens.dropFirst(shift)) + shift
      let end = place(span.end, text, tokens.dropFirst(shift)) + shift
      for index in max(1, first, (scored.last ?? 0) + 1)..<max(1, first, tokens.count) {
        // The answer, and what ends the turn, but nothing behind that.
        if index >= max(answered, end) {
          if index == max(answered, end), ends.contains(Int(tokens[index])) { scored.append(index) }
          break
        }
        scored.append(index)
        if index >= answered, ends.contains(Int(tokens[index])) { break }
      }
    }
    return (tokens, scored)
  }

  private func cut(_ text: ArraySlice<UInt8>) -> [Int32] {
    tokenizer.encode(Array(text), addSpecial: false, parseSpecial: true)
  }

  /// The first token that has bytes behind a place of the text: tokens before it are cut alike without
  /// what follows.
  private func place(_ end: Int, _ text: [UInt8], _ tokens: ArraySlice<Int32>) -> Int {
    zip(cut(text[..<end]), tokens).prefix { $0 == $1 }.count
  }

  private func rendered(
    _ conversation: Conversation, _ messages: [JSONValue], generates: Bool = false
  ) throws -> [UInt8] {
    var request = ConversationRenderer.Request(messages: .array(messages))
    request.tools = conversation.tools
    request.generates = generates
    // The same text on every day.
    request.now = TemplateRules.fixedTime
    do { return Array(try renderer.render(request).utf8) } catch let error as TemplateFailure {
      throw RequestError(message: "\(conversation.place): \(error.message)")
    }
  }

  /// Where an assistant's turn stands in the text: from what it was asked by, over its content, to its end.
  ///
  /// Templates may leave out of earlier turns what they show of the last one, so the content is found by
  /// writing something else in its place.
  private func span(
    of turn: Int, in conversation: Conversation, _ text: [UInt8]
  ) throws -> (start: Int, answered: Int, end: Int) {
    let messages = conversation.messages
    var start: Int?
    // Some templates refuse a conversation that is cut here.
    if let asked = try? rendered(conversation, Array(messages[..<turn]), generates: true),
      text.starts(with: asked)
    {
      start = asked.count
    }
    var answered = start ?? 0
    if messages[turn]["content"]?.string != nil, var changed = messages[turn].object {
      // A private character, which no text begins or ends with.
      changed["content"] = JSONValue("\u{F8F0}")
      var others = messages
      others[turn] = .object(changed)
      let other = try rendered(conversation, others)
      let first = Self.sharedStart(text, other)
      var last = 0
      while last < min(text.count, other.count) - first,
        text[text.count - 1 - last] == other[other.count - 1 - last]
      {
        last += 1
      }
      answered = text.count - last
      // Bytes within a character may be the same by chance.
      while answered < text.count, text[answered] & 0xC0 == 0x80 { answered += 1 }
      start = start ?? first
    }
    var end = answered
    if let whole = try? rendered(conversation, Array(messages[...turn])) {
      end = max(answered, Self.sharedStart(text, whole))
    }
    return (min(start ?? answered, answered), answered, end)
  }

  /// How many bytes two texts begin with alike, in whole characters.
  private static func sharedStart(_ first: [UInt8], _ second: [UInt8]) -> Int {
    var count = 0
    while count < min(first.count, second.count), first[count] == second[count] { count += 1 }
    while count > 0, count < first.count, first[count] & 0xC0 == 0x80 { count -= 1 }
    return count
  }
}
