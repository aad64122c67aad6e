import TestSupport
import Testing
import WeighbridgeByteIO
import WeighbridgeConversion
import WeighbridgeInference
import WeighbridgeJSON
import WeighbridgeModelIR
import WeighbridgeTokenizers

@testable import Weighbridge

/// Texts as people have them, and what becomes of their tokens.
@Suite struct TextTests {
  private static let folder = SharedData.fixture("models/jargon-llama")
  private static let turns = """
    {% for m in messages %}[{{ m.role }}] {{ m.content | trim }}</s>
    {% endfor %}{% if add_generation_prompt %}[assistant]{% endif %}
    """

  /// A cutter of the fixture's vocabulary, with a template of its own.
  private func cutter(_ scratch: TemporaryFolder) throws -> TextCutter {
    let template = try scratch.write(Array(Self.turns.utf8), to: "c.jinja")
    let model = try CanonicalModel.make(try ModelInput.open(Self.folder), CanonicalOptions())
    return try TextCutter(model, at: Self.folder, template: template)
  }

  private func documents(_ text: String, _ name: String, _ scratch: TemporaryFolder) throws
    -> TextDocuments
  { try TextDocuments(TextSource(try scratch.write(Array(text.utf8), to: name))) }

  private static let chat = """
    {"messages": [{"role": "user", "content": "What is a hack?"}, \
    {"role": "assistant", "content": "A quick job."}, {"role": "user", "content": "And a kluge?"}, \
    {"role": "assistant", "content": " A clumsy one. "}]}

    {"conversations": [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Hello °"}]}
    """

  @Test func aNameIsNotPartOfAPath() {
    #expect(TextSource(parsing: "code=/x/a.txt").name == "code")
    #expect(TextSource(parsing: "code=/x/a.txt").path == "/x/a.txt")
    #expect(TextSource(parsing: "/x/a.txt").name == "a.txt")
  }

  @Test func entriesAreReadInAllSpellings() throws {
    let scratch = try TemporaryFolder()
    let plain = try documents("one line\n", "a.txt", scratch)
    guard case .text(let bytes)? = plain.documents.first else {
      Issue.record("no text")
      return
    }
    #expect(bytes == Array("one line".utf8), "one final line feed goes, as in llama.cpp")
    // JSON lines are told by their content, whatever the file is called.
    for name in ["a.jsonl", "a.data"] {
      let lines = try documents(Self.chat + "\n{\"text\": \"t\"}\n", name, scratch)
      #expect(lines.documents.count == 3)
      guard case .conversation(let chat) = lines.documents[1] else {
        Issue.record("no conversation")
        continue
      }
      #expect(chat.messages.map { $0["role"]?.text } == ["user", "assistant"])
    }
    let array = try documents("[{\"text\": \"a\"}, {\"text\": \"b\"}]", "a.json", scratch)
    #expect(array.documents.count == 2)
    for broken in [
      "{\"text\": 1}", "{\"text\": \"a\"}\n{", "{\"conversations\": [{\"from\": \"x\"}]}",
    ] {
      #expect(throws: (any Error).self) { try documents(broken, "b.jsonl", scratch) }
    }
  }

  /// What is scored, read back, is what the assistant said and what ends its turns.
  @Test func onlyAnswersAreScored() throws {
    let scratch = try TemporaryFolder()
    let cutter = try cutter(scratch)
    let chats = try documents(Self.chat, "c.jsonl", scratch)
    func scored(_ which: ScoredTurns) throws -> [String] {
      var request = TextWindows()
      request.scoredTurns = which
      let windows = try cutter.windows(chats, request)
      return windows.windows.indices.map { index in
        let tokens = windows.positions(of: index).map { windows.windows[index][$0 + 1] }
        return String(
          decoding: cutter.tokenizer.decode(tokens, special: true), as: UTF8.self)
      }
    }
    let answers = try scored(.assistant)
    #expect(
      answers.map { $0.filter { $0 != " " } } == [
        "Aquickjob.</s>Aclumsyone.</s>", "Hello°</s>",
      ])
    let last = try scored(.last)
    #expect(last.map { $0.filter { $0 != " " } } == ["Aclumsyone.</s>", "Hello°</s>"])
    let all = try scored(.all)
    #expect(all[1].contains("user") && all[1].contains("Hello"))
  }

  @Test func beginTokensAreNotDoubled() throws {
    let scratch = try TemporaryFolder()
    let cutter = try cutter(scratch)
    let begin = try #require(cutter.tokenizer.beginToken)
    let chats = try documents(Self.chat, "c.jsonl", scratch)
    let windows = try cutter.windows(chats, TextWindows())
    #expect(windows.windows.allSatisfy { $0[0] == begin && $0[1] != begin })
    let template = try scratch.write(Array(("<s>" + Self.turns).utf8), to: "b.jinja")
    let model = try CanonicalModel.make(try ModelInput.open(Self.folder), CanonicalOptions())
    let other = try TextCutter(model, at: Self.folder, template: template)
    let again = try other.windows(chats, TextWindows())
    #expect(again.windows.map(\.count) == windows.windows.map(\.count))
  }

  /// Every token but the first is scored once, however long a conversation is.
  @Test(arguments: [8, 16, 100]) func longConversationsAreCutWithoutLoss(context: Int) {
    let tokens = (0..<100).map { Int32($0) }
    let windows = TextCutter.windows(tokens, Array(1..<100), context: context)
    let scored = windows.flatMap { window in
      window.positions.map { Int(window.tokens[$0 + 1]) }
    }
    #expect(scored == Array(1..<100))
    #expect(windows.allSatisfy { $0.tokens.count <= context })
    #expect(
      windows.dropFirst().allSatisfy { $0.positions.first.map { $0 + 1 >= context / 2 } ?? false })
  }

  /// The results of each text are those of a run of its own.
  @Test func textsTogetherAreAsTextsApart() throws {
    let scratch = try TemporaryFolder()
    let first = try scratch.write(
      Array(String(repeating: "All work and no play. ", count: 20).utf8), to: "a.txt")
    let second = try scratch.write(
      Array(String(repeating: "A hacker is a person. ", count: 30).utf8), to: "b.txt")
    let model = try RunnableModel(OpenedModel(Location(Self.folder)))
    var windows = TextWindows()
    (windows.context, windows.limit) = (16, 2)
    func run(_ paths: [String]) throws -> TextPrediction {
      try TextEvaluation(of: paths.map { TextSource($0) }, by: [model], windows: windows)
        .prediction()
    }
    let both = try run([first, second])
    #expect(both.parts.count == 2)
    #expect(
      both.parts.map(\.perplexity.value) == [
        try run([first]).perplexity.value, try run([second]).perplexity.value,
      ])
    #expect(both.tokens == both.parts.reduce(0) { $0 + $1.tokens })
  }
}
