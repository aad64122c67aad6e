internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR
internal import WeighbridgeTemplates

/// Rules of chat templates: they compile, render a conversation, and end a turn.
enum TemplateRules {
  private static let answer = "It is nine o'clock."
  /// A plain conversation, without a system's turn: many templates refuse one.
  static let turns: JSONValue = [
    ["role": "user", "content": "What time is it?"],
    ["role": "assistant", "content": "It is nine o'clock."],
  ]

  /// Two renderings of one conversation are compared, so that both see one time.
  static let fixedTime = TemplateTime(year: 2026, month: 1, day: 1) ?? .now

  static func conversation(_ context: ValidationContext) throws -> [Finding] {
    guard context.model != nil else { return [] }
    let templates = context.metadata.entries.filter { entry in
      entry.key == "tokenizer.chat_template" || entry.key.hasPrefix("tokenizer.chat_template.")
    }
    return templates.flatMap { entry in check(entry.key.text, entry.value, context) }
  }

  private static func check(
    _ key: String, _ value: MetadataValue, _ context: ValidationContext
  ) -> [Finding] {
    guard let source = value.string?.validatedText else {
      return [Finding(.templateSyntax, at: key, "it is no text in UTF-8")]
    }
    let template: ChatTemplate
    do { template = try ChatTemplate(source) } catch {
      return [
        Finding(
          .templateSyntax, at: key,
          "line \(error.line), column \(error.column): \(error.message)")
      ]
    }
    let special = SpecialTexts(context.metadata, context.tokens)
    let text: String
    do { text = try template.render(special.variables(turns), now: fixedTime) } catch {
      // Templates for a single purpose refuse what is not of it, and say so.
      if error.kind == .raised {
        return [Finding(.templateFails, at: key, "it refuses: \(error.message)", severity: .note)]
      }
      return [
        Finding(
          .templateFails, at: key,
          "line \(error.line), column \(error.column): \(error.message)")
      ]
    }
    guard key == "tokenizer.chat_template" else { return [] }
    return ends(text, key, context) + markers(text, source, key, context)
      + begins(text, key, special, context)
  }

  /// After the answer a token must come that ends a generation.
  private static func ends(
    _ text: String, _ key: String, _ context: ValidationContext
  ) -> [Finding] {
    guard !context.tokens.isEmpty, let range = text.range(ofLast: answer) else { return [] }
    let rest = String(text[range...])
    let ends = EndTokens(context.metadata, context.tokens)
    let texts = ends.ids.map { context.tokens[$0].text }
    guard !texts.contains(where: { !$0.isEmpty && rest.contains($0) }) else { return [] }
    let shown = rest.prefix(30).split(whereSeparator: \.isNewline).joined(separator: "⏎")
    return [
      Finding(
        .templateEnd, at: key,
        "after the answer comes \(rest.isEmpty ? "nothing" : "'\(shown)'"), which no end token is in"
      )
    ]
  }

  /// `<|im_start|>` and its like that are no tokens.
  private static func markers(
    _ text: String, _ source: String, _ key: String, _ context: ValidationContext
  ) -> [Finding] {
    guard !context.tokens.isEmpty else { return [] }
    let known = Set(context.tokens.map(\.text))
    var found: [String] = []
    var rest = text[...]
    while let start = rest.range(of: "<|"), let end = rest[start...].dropFirst(2).range(of: "|>") {
      let marker = String(rest[start..<rest.index(end, offsetBy: 2)])
      rest = rest[rest.index(end, offsetBy: 2)...]
      let isPlain = marker.utf8.count <= 40 && !marker.contains(where: { $0.isWhitespace })
      if isPlain, !known.contains(marker), !found.contains(marker) { found.append(marker) }
    }
    guard !found.isEmpty else { return [] }
    return [
      Finding(
        .templateMarker, at: key,
        "no token has the text " + found.prefix(4).map { "'\($0)'" }.joined(separator: ", "))
    ]
  }

  private static func begins(
    _ text: String, _ key: String, _ special: SpecialTexts, _ context: ValidationContext
  ) -> [Finding] {
    guard context.metadata["tokenizer.ggml.add_bos_token"]?.bool == true, let begin = special.begin,
      !begin.isEmpty, text.hasPrefix(begin)
    else { return [] }
    return [
      Finding(.templateBegin, at: key, "its text begins with '\(begin)', which is also added")
    ]
  }
}

/// The texts of special tokens as templates know them.
struct SpecialTexts {
  private(set) var values: [(name: String, value: JSONValue)] = []
  private(set) var begin: String?

  init(_ metadata: Metadata, _ tokens: [ByteString]) {
    for (name, key) in [
      ("bos", "bos"), ("eos", "eos"), ("unk", "unknown"), ("sep", "seperator"),
      ("pad", "padding"), ("cls", "cls"), ("mask", "mask"),
    ] {
      guard let id = metadata[ByteString("tokenizer.ggml.\(key)_token_id")]?.integer,
        tokens.indices.contains(id)
      else { continue }
      values.append((name + "_token", .string(tokens[id])))
      if name == "bos" { begin = tokens[id].text }
    }
  }

  /// The variables of a rendering.
  func variables(
    _ messages: JSONValue, tools: JSONValue = .null, generates: Bool = false
  ) -> [(name: String, value: JSONValue)] {
    values + [
      ("messages", messages), ("tools", tools), ("documents", .null),
      ("add_generation_prompt", .bool(generates)),
    ]
  }
}

extension StringProtocol {
  /// Where the first occurrence of a text begins.
  func range(of part: String) -> Index? {
    guard !part.isEmpty else { return startIndex }
    var place = startIndex
    while place < endIndex {
      if self[place...].hasPrefix(part) { return place }
      place = index(after: place)
    }
    return nil
  }

  /// Where the last occurrence of a text ends.
  func range(ofLast part: String) -> Index? {
    var found: Index?
    var rest = self[startIndex...]
    while let start = rest.range(of: part) {
      let end = rest.index(start, offsetBy: part.count)
      found = end
      rest = rest[end...]
    }
    return found
  }
}
