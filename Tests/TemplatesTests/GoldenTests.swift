import Foundation
import TestSupport
import Testing
import WeighbridgeByteIO
import WeighbridgeJSON

@testable import WeighbridgeTemplates

/// Published templates on conversations, against what transformers' own environment gives.
@Suite struct GoldenTests {
  private struct Goldens {
    let document: JSONValue
    let tokens: [(name: String, value: JSONValue)]

    init() throws {
      document = try JSONValue.read(FileSource(path: SharedData.path("templates/golden.json")))
      tokens = (document["tokens"]?.object?.members ?? []).map { ($0.key.text, $0.value) }
    }

    /// The variables of a case.
    func variables(_ conversation: JSONValue, _ options: JSONValue) -> [(
      name: String, value: JSONValue
    )] {
      var result: [(name: String, value: JSONValue)] = tokens
      result.append(("documents", .null))
      result.append(("tools", .null))
      if let object = conversation.object, object["messages"] != nil {
        for member in object.members { result.append((member.key.text, member.value)) }
      } else {
        result.append(("messages", conversation))
      }
      for member in options.object?.members ?? [] { result.append((member.key.text, member.value)) }
      return result
    }
  }

  @Test(.enabled(if: SharedData.isPresent)) func publishedTemplatesRenderAsInTransformers() throws {
    let goldens = try Goldens()
    let now = try #require(
      TemplateTime(year: 2026, month: 11, day: 22, hour: 14, minute: 5, second: 9))
    var templates: [String: ChatTemplate] = [:]
    var checked = 0
    for golden in try #require(goldens.document["cases"]?.array) {
      let name = try #require(golden["template"]?.text)
      let conversation = try #require(golden["conversation"]?.string)
      let options = try #require(golden["options"]?.string)
      if templates[name] == nil {
        let source = try FileSource(path: SharedData.path("templates/files/" + name))
        let bytes = try source.readBytes(at: 0, count: Int(source.byteCount))
        templates[name] = try ChatTemplate(String(decoding: bytes, as: UTF8.self))
      }
      let variables = goldens.variables(
        try #require(goldens.document["conversations"]?[conversation]),
        try #require(goldens.document["options"]?[options]))
      let label = "\(name), \(conversation.text), \(options.text)"
      do {
        let text = try #require(templates[name]).render(variables, now: now)
        #expect(text.utf8.elementsEqual((golden["text"]?.text ?? "").utf8), "\(label)")
        #expect(golden["text"] != nil, "\(label): an error is expected")
      } catch let error as TemplateError {
        #expect("\(error.kind.rawValue): \(error.message)" == golden["error"]?.text, "\(label)")
      }
      checked += 1
    }
    #expect(checked >= 2_464)
  }
}
