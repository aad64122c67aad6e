internal import WeighbridgeByteIO
internal import WeighbridgeJSON

/// A file of tasks, in one of the formats that llama-perplexity reads, or as JSON lines; told by its content.
public struct TaskFile: Hashable, Sendable {
  /// The formats.
  public enum Format: String, Hashable, Sendable, CaseIterable {
    /// Six lines a task: context, the right ending's number, four endings.
    case hellaSwag = "HellaSwag"
    /// CSV: number, sentence with `_`, two choices, the right one.
    case winoGrande = "WinoGrande"
    /// The binary format of llama.cpp's multiple-choice tests.
    case multipleChoice = "multiple choice"
    /// Objects with a question, choices and an answer, one a line.
    case lines = "JSON lines"
  }

  /// What results call it.
  public let name: String
  /// Where it is.
  public let path: String
  /// Its format.
  public let format: Format
  /// How many tasks are used.
  public var count: Int { tasks.count }
  /// The accuracy that guessing gives.
  public var chance: Double {
    tasks.reduce(0) { $0 + Double($1.correct.count) / Double(max(1, $1.texts.count)) }
      / Double(max(1, tasks.count))
  }
  let tasks: [ChoiceTask]

  /// Reads `PATH` or `NAME=PATH`.
  ///
  /// Of more than `limit` tasks those are used that llama-perplexity draws of the formats that it reads, and
  /// the first of others.
  public init(_ argument: String, limit: Int? = nil) throws(WeighbridgeError) {
    let source = TextSource(parsing: argument)
    let (format, tasks) = try publicly {
      let (format, all) = try Self.read(source.path)
      guard !all.isEmpty else {
        throw FormatError(.invalidValue, "there is no task in it", in: source.path)
      }
      guard let limit, limit < all.count else { return (format, all) }
      return (format, Self.drawn(limit, of: all, format))
    }
    (name, path) = (source.name, source.path)
    (self.format, self.tasks) = (format, tasks)
  }

  /// What llama-perplexity chooses with `--hellaswag-tasks` and its like.
  private static func drawn(
    _ limit: Int, of all: [ChoiceTask], _ format: Format
  ) -> [ChoiceTask] {
    guard format != .lines else { return Array(all.prefix(limit)) }
    var rest = Array(all.indices)
    var random = MersenneTwister(seed: 1)
    return (0..<limit).map { _ in
      if format == .hellaSwag { return all[rest.remove(at: random.next(below: rest.count))] }
      // float(1 / 2³²) × number × count, in that order and in single precision.
      let scale: Float = 1 / (1 + Float(UInt32.max))
      let place = min(rest.count - 1, Int(scale * Float(random.next()) * Float(rest.count)))
      let chosen = rest[place]
      rest[place] = rest[rest.count - 1]
      rest.removeLast()
      return all[chosen]
    }
  }

  private static func read(_ path: String) throws -> (Format, [ChoiceTask]) {
    let source = try FileSource(path: path)
    guard source.byteCount <= 1 << 28 else {
      throw FormatError(.limitExceeded, "a file of tasks has at most 256 MiB", in: path)
    }
    let bytes = try source.readBytes(at: 0, count: Int(source.byteCount))
    guard !bytes.contains(0), let text = String(validating: bytes, as: UTF8.self) else {
      return (.multipleChoice, try BinaryTasks.read(bytes, path))
    }
    if bytes.first == UInt8(ascii: "{") || bytes.first == UInt8(ascii: "[") {
      return (.lines, try TaskLines.read(bytes, path))
    }
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    if lines.last?.isEmpty == true { lines.removeLast() }
    if lines.count >= 6, lines.count % 6 == 0, Int(lines[1]) != nil {
      return (.hellaSwag, try hellaSwag(lines, path))
    }
    return (.winoGrande, try winoGrande(lines, path))
  }

  private static func hellaSwag(_ lines: [String], _ path: String) throws -> [ChoiceTask] {
    try stride(from: 0, to: lines.count, by: 6).map { first in
      guard let right = Int(lines[first + 1]), (0..<4).contains(right) else {
        throw FormatError(
          .invalidValue, "line \(first + 2): the number of an ending, 0 to 3, is expected", in: path
        )
      }
      return ChoiceTask(
        texts: (0..<4).map { lines[first] + " " + lines[first + 2 + $0] }, correct: [right])
    }
  }

  private static func winoGrande(_ lines: [String], _ path: String) throws -> [ChoiceTask] {
    try lines.enumerated().compactMap { number, line in
      guard !line.isEmpty else { return nil }
      let fields = Self.fields(line)
      guard fields.count == 5, let gap = fields[1].firstIndex(of: "_"),
        let right = Int(fields[4].filter { !$0.isWhitespace }), (1...2).contains(right)
      else {
        throw FormatError(
          .invalidValue,
          "line \(number + 1): no task of a known format; WinoGrande has number, sentence with _, choice, "
            + "choice, 1 or 2", in: path,
          hint: "HellaSwag has six lines a task, JSON lines an object")
      }
      let (before, after) = (fields[1][..<gap], fields[1][fields[1].index(after: gap)...])
      let beginnings = fields[2...3].map { before + $0 }
      return ChoiceTask(
        texts: beginnings.map { String($0 + after) }, beginnings: beginnings.map { String($0) },
        correct: [right - 1])
    }
  }

  /// The five fields of a line: commas within quotes do not count, and the sentence's quotes go
  /// (`load_winogrande_from_csv`).
  private static func fields(_ line: String) -> [String] {
    var fields = [""]
    var isQuoted = false
    for character in line {
      if character == ",", !isQuoted, fields.count < 5 {
        fields.append("")
        continue
      }
      if character == "\"" { isQuoted.toggle() }
      fields[fields.count - 1].append(character)
    }
    if fields.count > 1, fields[1].count > 1, fields[1].hasPrefix("\"") {
      fields[1] = String(fields[1].dropFirst().dropLast())
    }
    return fields
  }
}

/// C++'s `std::mt19937`, and libstdc++'s uniform distribution over it: what llama-perplexity draws with.
struct MersenneTwister {
  private var state: [UInt32]
  private var place = 624

  init(seed: UInt32) {
    state = [seed]
    for index in 1..<624 {
      let last = state[index - 1]
      state.append(1_812_433_253 &* (last ^ (last >> 30)) &+ UInt32(index))
    }
  }

  mutating func next() -> UInt32 {
    if place == 624 {
      for index in 0..<624 {
        let mixed = (state[index] & 0x8000_0000) | (state[(index + 1) % 624] & 0x7FFF_FFFF)
        state[index] =
          state[(index + 397) % 624] ^ (mixed >> 1) ^ (mixed & 1 == 0 ? 0 : 0x9908_B0DF)
      }
      place = 0
    }
    var value = state[place]
    place += 1
    value ^= value >> 11
    value ^= (value << 7) & 0x9D2C_5680
    value ^= (value << 15) & 0xEFC6_0000
    return value ^ (value >> 18)
  }

  /// Lemire's method, as in `uniform_int_distribution::_S_nd`.
  mutating func next(below limit: Int) -> Int {
    let range = UInt32(clamping: limit)
    var product = UInt64(next()) * UInt64(range)
    var low = UInt32(truncatingIfNeeded: product)
    if low < range {
      let threshold = (0 &- range) % range
      while low < threshold {
        product = UInt64(next()) * UInt64(range)
        low = UInt32(truncatingIfNeeded: product)
      }
    }
    return Int(product >> 32)
  }
}
