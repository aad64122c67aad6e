internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeTemplates

/// What two chat templates differ in: their text, and what they make of conversations.
package struct TemplateDifference: Sendable {
  /// A conversation, and what each template makes of it.
  package struct Rendering: Hashable, Sendable {
    package let name: String
    package let left: String
    package let right: String
    package var isSame: Bool { left == right }
  }

  /// Lines with ` `, `-` or `+` in front, those around a change included.
  package let lines: [String]
  package let added: Int
  package let removed: Int
  package let renderings: [Rendering]

  init(_ left: String, _ right: String, _ first: SpecialTexts, _ second: SpecialTexts) {
    let (old, new) = (Self.split(left), Self.split(right))
    lines = Self.lines(old, new)
    added = lines.filter { $0.hasPrefix("+") }.count
    removed = lines.filter { $0.hasPrefix("-") }.count
    renderings = Self.conversations.map { conversation in
      Rendering(
        name: conversation.name, left: Self.render(left, conversation, first),
        right: Self.render(right, conversation, second))
    }
  }

  /// The lines of a text; none where there is no text.
  private static func split(_ text: String) -> [String] {
    text.isEmpty
      ? [] : text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }

  private struct Conversation {
    let name: String
    let messages: JSONValue
    var tools = JSONValue.null
    var generates = false
  }

  private static let conversations: [Conversation] = [
    Conversation(name: "one turn", messages: [["role": "user", "content": "Hi"]], generates: true),
    Conversation(name: "two turns", messages: TemplateRules.turns),
    Conversation(
      name: "system",
      messages: [
        ["role": "system", "content": "Be brief."], ["role": "user", "content": "Hi"],
        ["role": "assistant", "content": "Hello."], ["role": "user", "content": "Bye"],
      ], generates: true),
    Conversation(
      name: "tools", messages: [["role": "user", "content": "What is the weather in Bonn?"]],
      tools: [
        [
          "type": "function",
          "function": [
            "name": "weather", "description": "The weather of a town.",
            "parameters": [
              "type": "object", "properties": ["town": ["type": "string"]],
            ],
          ],
        ]
      ], generates: true),
  ]

  private static func render(
    _ source: String, _ conversation: Conversation, _ special: SpecialTexts
  ) -> String {
    do {
      let template = try ChatTemplate(source)
      return try template.render(
        special.variables(
          conversation.messages, tools: conversation.tools, generates: conversation.generates),
        now: TemplateRules.fixedTime)
    } catch {
      return "error: \(error.message)"
    }
  }

  /// The longest common subsequence decides what has changed; what is long and different is shown whole.
  private static func lines(_ old: [String], _ new: [String]) -> [String] {
    let difference = new.difference(from: old)
    guard !difference.isEmpty else { return [] }
    var removed = Set<Int>()
    var inserted = Set<Int>()
    for change in difference {
      switch change {
      case .remove(let offset, _, _): removed.insert(offset)
      case .insert(let offset, _, _): inserted.insert(offset)
      }
    }
    var all: [String] = []
    var (left, right) = (0, 0)
    while left < old.count || right < new.count {
      if removed.contains(left), left < old.count {
        all.append("-" + old[left])
        left += 1
      } else if inserted.contains(right), right < new.count {
        all.append("+" + new[right])
        right += 1
      } else {
        if left < old.count { all.append(" " + old[left]) }
        left += 1
        right += 1
      }
    }
    // Two lines around each change.
    let changed = all.indices.filter { !all[$0].hasPrefix(" ") }
    let shown = Set(changed.flatMap { max(0, $0 - 2)...min(all.count - 1, $0 + 2) })
    return all.indices.filter { shown.contains($0) }.map { all[$0] }
  }
}
