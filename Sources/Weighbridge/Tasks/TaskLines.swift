internal import WeighbridgeByteIO
internal import WeighbridgeJSON

/// Tasks as JSON, in the spellings that data sets have: HellaSwag, ARC, MMLU, TruthfulQA, WinoGrande.
enum TaskLines {
  static func read(_ bytes: [UInt8], _ path: String) throws -> [ChoiceTask] {
    if bytes.first == UInt8(ascii: "[") {
      let list: JSONValue
      do { list = try JSONValue.parse(bytes) } catch { throw error.formatError(in: path) }
      return try (list.array ?? []).enumerated().map { index, entry in
        try task(entry, "\(path), entry \(index + 1)")
      }
    }
    var tasks: [ChoiceTask] = []
    let lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
    for (number, line) in lines.enumerated() where line.contains(where: { $0 > 0x20 }) {
      let place = "\(path), line \(number + 1)"
      let entry: JSONValue
      do { entry = try JSONValue.parse(Array(line)) } catch { throw error.formatError(in: place) }
      tasks.append(try task(entry, place))
    }
    return tasks
  }

  private static func first(_ entry: JSONValue, _ names: [ByteString]) -> JSONValue? {
    names.lazy.compactMap { entry[$0] }.first
  }

  private static func task(_ entry: JSONValue, _ place: String) throws -> ChoiceTask {
    if let sentence = entry["sentence"]?.text { return try gap(entry, sentence, place) }
    guard
      let question = first(entry, ["question", "context", "ctx", "query", "prompt", "goal"])?.text
    else {
      throw FormatError(.invalidValue, "a task has a 'question' or a 'context'", in: place)
    }
    if let targets = entry["mc1_targets"] {
      let labels = targets["labels"]?.array?.map { $0.integer ?? 0 } ?? []
      return try make(
        question, texts(targets["choices"]), place,
        correct: Set(labels.indices.filter { labels[$0] == 1 }))
    }
    let choices = first(entry, ["choices", "endings", "options", "answers"])
    let answers = texts(choices) ?? texts(choices?["text"])
    guard let answer = first(entry, ["answer", "label", "answerKey", "gold", "correct"]) else {
      throw FormatError(.invalidValue, "a task has an 'answer', the number of a choice", in: place)
    }
    let labels = texts(choices?["label"]) ?? []
    let right = number(answer, labels, answers ?? [])
    return try make(question, answers, place, correct: right.map { [$0] } ?? [])
  }

  private static func texts(_ value: JSONValue?) -> [String]? {
    guard let list = value?.array else { return nil }
    let texts = list.compactMap(\.text)
    return texts.count == list.count ? texts : nil
  }

  /// A number from 0, as a number or as text; a label; a letter; or the answer itself.
  private static func number(
    _ answer: JSONValue, _ labels: [String], _ answers: [String]
  ) -> Int? {
    if let number = answer.integer { return number }
    guard let text = answer.text else { return nil }
    if let place = labels.firstIndex(of: text) ?? answers.firstIndex(of: text) { return place }
    if let number = Int(text) { return number }
    guard text.utf8.count == 1, let letter = text.utf8.first, letter >= UInt8(ascii: "A") else {
      return nil
    }
    return Int(letter - UInt8(ascii: "A"))
  }

  private static func make(
    _ question: String, _ answers: [String]?, _ place: String, correct: Set<Int>
  ) throws -> ChoiceTask {
    guard let answers, answers.count > 1, answers.allSatisfy({ !$0.isEmpty }) else {
      throw FormatError(.invalidValue, "a task has two 'choices' or more, each a text", in: place)
    }
    guard !correct.isEmpty, correct.allSatisfy(answers.indices.contains) else {
      throw FormatError(
        .invalidValue, "the answer is none of the \(answers.count) choices", in: place)
    }
    return ChoiceTask(texts: answers.map { question + " " + $0 }, correct: correct)
  }

  private static func gap(
    _ entry: JSONValue, _ sentence: String, _ place: String
  ) throws -> ChoiceTask {
    guard let gap = sentence.firstIndex(of: "_"), let one = entry["option1"]?.text,
      let other = entry["option2"]?.text,
      let right = entry["answer"].flatMap({ $0.integer ?? $0.text.flatMap { Int($0) } }),
      (1...2).contains(right)
    else {
      throw FormatError(
        .invalidValue, "a sentence has a _, with option1, option2 and an answer of 1 or 2",
        in: place)
    }
    let before = String(sentence[..<gap])
    let after = String(sentence[sentence.index(after: gap)...])
    let beginnings = [one, other].map { before + $0 }
    return ChoiceTask(
      texts: beginnings.map { $0 + after }, beginnings: beginnings, correct: [right - 1])
  }
}
