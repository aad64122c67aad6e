import WeighbridgeJSON
import WeighbridgeTemplates

extension Reading {
  /// A template and a conversation that has all that templates look for.
  static let template: @Sendable ([UInt8]) throws -> Void = { bytes in
    guard let source = String(validating: bytes, as: UTF8.self) else { return }
    let call: JSONValue = [
      "type": "function", "id": "x1",
      "function": ["name": "f", "arguments": ["a": 1, "b": [1, 2.5, nil, true]]],
    ]
    let messages: JSONValue = [
      ["role": "system", "content": "S"], ["role": "user", "content": "Hi <b>"],
      ["role": "assistant", "content": "A", "tool_calls": [call]],
      ["role": "tool", "content": "42", "tool_call_id": "x1", "name": "f"],
      ["role": "user", "content": [["type": "text", "text": "more"]]],
    ]
    let tools: JSONValue = [
      [
        "type": "function",
        "function": [
          "name": "f", "description": "d",
          "parameters": ["type": "object", "properties": ["a": ["type": "integer"]]],
        ],
      ]
    ]
    // Less than a user's template may do, so that what takes long is seen.
    let limits = TemplateLimits(steps: 200_000, outputLength: 1_000_000, depth: 1_000)
    _ = try ChatTemplate(source).render(
      [
        ("messages", messages), ("tools", tools), ("documents", nil),
        ("add_generation_prompt", true), ("bos_token", "<s>"), ("eos_token", "</s>"),
      ], now: .now, limits: limits)
  }
}
