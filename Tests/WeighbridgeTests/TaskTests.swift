import TestSupport
import Testing
import WeighbridgeByteIO

@testable import Weighbridge

/// Files of tasks, in all formats.
@Suite struct TaskTests {
  private func file(_ bytes: [UInt8], limit: Int? = nil) throws -> TaskFile {
    let folder = try TemporaryFolder()
    defer { withExtendedLifetime(folder) {} }
    return try TaskFile(try folder.write(bytes, to: "tasks"), limit: limit)
  }

  private func text(_ text: String, limit: Int? = nil) throws -> TaskFile {
    try file(Array(text.utf8), limit: limit)
  }

  @Test func formatsAreToldByTheirContent() throws {
    let swag = try text("A man: He\n2\nruns\nsits\nsings\nsleeps\n")
    #expect(swag.format == .hellaSwag && swag.count == 1 && swag.chance == 0.25)
    #expect(swag.tasks[0].texts[2] == "A man: He sings" && swag.tasks[0].correct == [2])
    let sentence = "0,\"Sarah, a surgeon, beat Maria so _ won.\",Sarah,Maria,1\n"
    let grande = try text(sentence + "1,The cup fell off the tray as _ was wet.,cup,tray,2")
    #expect(grande.format == .winoGrande && grande.count == 2)
    #expect(grande.tasks[0].texts[1] == "Sarah, a surgeon, beat Maria so Maria won.")
    #expect(grande.tasks[0].beginnings[0] == "Sarah, a surgeon, beat Maria so Sarah")
    #expect(grande.tasks[1].correct == [1])
    let lines = try text(
      #"""
      {"question": "Q", "choices": ["a", "b"], "answer": 1}
      {"question": "Q", "choices": {"text": ["a", "b"], "label": ["1", "2"]}, "answerKey": "2"}
      {"ctx": "Q", "endings": ["a", "b"], "label": "1"}
      {"question": "Q", "options": ["a", "b"], "answer": "B"}
      {"question": "Q", "mc1_targets": {"choices": ["a", "b"], "labels": [0, 1]}}
      {"sentence": "Q _ x", "option1": "a", "option2": "b", "answer": "2"}
      """#)
    #expect(lines.format == .lines && lines.count == 6)
    #expect(lines.tasks.allSatisfy { $0.correct == [1] && $0.texts[1].hasPrefix("Q b") })
  }

  /// As `convert-validation-data` of llama.cpp's data sets writes it.
  private func binary(_ tasks: [(question: String, answers: [String], right: Int)]) -> [UInt8] {
    func number(_ value: Int) -> [UInt8] { (0..<4).map { UInt8((value >> (8 * $0)) & 255) } }
    func string(_ text: String) -> [UInt8] { number(text.utf8.count) + Array(text.utf8) }
    var bodies: [[UInt8]] = []
    for task in tasks {
      var body = string(task.question) + number(task.answers.count)
      for answer in task.answers { body += string(answer) }
      for index in task.answers.indices { body += number(index == task.right ? 1 : 0) }
      bodies.append(body + number(0))
    }
    var bytes = number(tasks.count)
    var place = 4 + 4 * tasks.count
    for body in bodies {
      bytes += number(place)
      place += body.count
    }
    return bytes + bodies.flatMap { $0 }
  }

  @Test func binaryTasksAreRead() throws {
    let bytes = binary([("Q", ["a", "b", "c"], 2), ("R", ["d", "é"], 0)])
    let read = try file(bytes)
    #expect(read.format == .multipleChoice && read.count == 2)
    #expect(read.tasks[0].texts == ["Q a", "Q b", "Q c"] && read.tasks[0].correct == [2])
    for length in 0..<bytes.count {
      #expect(throws: WeighbridgeError.self) { try file(Array(bytes[..<length])) }
    }
    for place in bytes.indices.prefix(40) {
      var broken = bytes
      broken[place] = 255
      _ = try? file(broken)
    }
  }

  @Test(arguments: [
    "", "a\n4\nb\nc\nd\ne\n", "0,no gap here,a,b,1\n", "0,x _ y,a,b,3\n", "{\"question\": \"Q\"}",
    "{\"question\": \"Q\", \"choices\": [\"a\"], \"answer\": 0}",
    "{\"question\": \"Q\", \"choices\": [\"a\", \"b\"], \"answer\": 2}", "[1]",
  ]) func brokenTasksAreRefused(_ content: String) {
    #expect(throws: WeighbridgeError.self) { try text(content) }
  }

  /// The first numbers of `std::mt19937(1)`, and its ten thousandth from the default seed, which C++'s
  /// standard gives ([rand.predef]).
  @Test func numbersAreThoseOfTheStandard() {
    var standard = MersenneTwister(seed: 5489)
    for _ in 1..<10_000 { _ = standard.next() }
    #expect(standard.next() == 4_123_659_995)
    var one = MersenneTwister(seed: 1)
    #expect([one.next(), one.next(), one.next()] == [1_791_095_845, 4_282_876_139, 3_093_770_124])
  }

  @Test func intervalsAreWilsons() {
    let result = TaskResult(answers: [
      true, true, true, false, false, true, true, true, false, true,
    ])
    // statsmodels.stats.proportion.proportion_confint(7, 10, method="wilson")
    #expect(abs(result.interval.low - 0.39677815) < 1e-6)
    #expect(abs(result.interval.high - 0.89220873) < 1e-6)
    let other = TaskResult(answers: [true, true, true, false, false, true, true, true, true, false])
    #expect(result.difference(to: other).value == 0)
    #expect(abs(result.difference(to: other).margin - 1.95996398 * (2.0 / 90).squareRoot()) < 1e-6)
  }

  @Test func tokenClassesAreThoseOfTheirFirstLetters() {
    func kind(_ text: String) -> TokenClass { TokenClass(Array(text.utf8), isControl: false) }
    #expect(kind(" the") == .latin && kind("12") == .digits && kind("->") == .punctuation)
    #expect(kind("\n\n") == .space && kind("日") == .han && kind("の") == .kana)
    #expect(kind(" Привет") == .cyrillic && kind("한") == .hangul && kind("🙂") == .other)
    #expect(TokenClass([0xE3, 0x81], isControl: false) == .bytes)
    #expect(TokenClass(Array("<s>".utf8), isControl: true) == .special)
  }
}
