internal import WeighbridgeByteIO

/// Reads the binary format of llama.cpp's multiple-choice tests, by `multiple_choice_task::deserialize`.
///
///     u32 tasks │ u32 place of each │ tasks: question │ answers with one right │ answers with several right
///     answers: u32 count │ texts │ i32 1 or 0 for each          text: u32 bytes │ bytes
enum BinaryTasks {
  static func read(_ bytes: [UInt8], _ path: String) throws -> [ChoiceTask] {
    var reader = Reader(bytes: bytes, path: path)
    let count = try reader.number()
    guard count > 0, count <= bytes.count / 4 else {
      throw FormatError(
        .notThisFormat, "no file of tasks: HellaSwag, WinoGrande, multiple choice or JSON lines",
        in: path)
    }
    for _ in 0..<count { _ = try reader.number() }
    return try (0..<count).map { _ in
      let question = try reader.text()
      let single = try reader.answers()
      _ = try reader.answers()
      guard !question.isEmpty, !single.isEmpty, single.allSatisfy({ !$0.text.isEmpty }) else {
        throw FormatError(
          .invalidValue, "a task without a question or an answer", in: path,
          at: UInt64(reader.place))
      }
      return ChoiceTask(
        texts: single.map { question + " " + $0.text },
        correct: Set(single.indices.filter { single[$0].isRight }))
    }
  }

  private struct Reader {
    let bytes: [UInt8]
    let path: String
    private(set) var place = 0

    init(bytes: [UInt8], path: String) {
      self.bytes = bytes
      self.path = path
    }

    mutating func number() throws -> Int {
      guard bytes.count - place >= 4 else {
        throw FormatError(.truncated, "the file ends within a task", in: path, at: UInt64(place))
      }
      defer { place += 4 }
      return (0..<4).reduce(0) { $0 | Int(bytes[place + $1]) << (8 * $1) }
    }

    mutating func text() throws -> String {
      let count = try number()
      guard count <= bytes.count - place else {
        throw FormatError(
          .truncated, "a text of \(count) bytes is longer than the file", in: path,
          at: UInt64(place))
      }
      defer { place += count }
      guard let text = String(validating: bytes[place..<place + count], as: UTF8.self) else {
        throw FormatError(.invalidUTF8, "a text is not valid UTF-8", in: path, at: UInt64(place))
      }
      return text
    }

    mutating func answers() throws -> [(text: String, isRight: Bool)] {
      let count = try number()
      guard count <= 100 else {
        throw FormatError(
          .limitExceeded, "\(count) answers; at most 100 are allowed", in: path, at: UInt64(place))
      }
      var texts: [String] = []
      for _ in 0..<count { texts.append(try text()) }
      var answers: [(text: String, isRight: Bool)] = []
      for text in texts { answers.append((text, try number() == 1)) }
      return answers
    }
  }
}
