internal import WeighbridgeByteIO
internal import WeighbridgeModelIR

/// The journal of an output: what plan it belongs to, and the chunks that are written.
///
/// A text: a first line that names the format, one line for each thing that decides the bytes, an empty
/// line, one line a chunk, and one that says that all are there. Specs/journal.md has the rules.
struct Journal {
  static let signature = LockedFile.signature + "1"
  static let completion = Array(Leftovers.completion.utf8)
  /// What is read at most: five million lines, those of terabytes.
  private static let limit = 1 << 30

  /// What the chunks belong to.
  let identity: PlanIdentity
  /// The chunks, as far as their lines are whole.
  private(set) var records: [JournalRecord] = []
  /// Whether every chunk was on the disk, and outputs may have got their names.
  private(set) var isComplete = false
  /// The bytes up to the last line that is whole.
  private(set) var validBytes = 0

  /// Reads a journal; nil where there is none, or a run was killed before it had written the first
  /// lines.
  init?(_ file: LockedFile) throws(IOError) {
    self.init(bytes: try file.read(limit: Self.limit))
  }

  /// The same from bytes.
  init?(bytes: [UInt8]) {
    var lines: [PlanIdentity.Line] = []
    var start = bytes.startIndex
    func next() -> ArraySlice<UInt8>? {
      guard let end = bytes[start...].firstIndex(of: 0x0A) else { return nil }
      defer { start = end + 1 }
      return bytes[start..<end]
    }
    guard let first = next(), first.elementsEqual(Self.signature.utf8) else { return nil }
    while true {
      guard let line = next() else { return nil }
      if line.isEmpty { break }
      guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon + 2 <= line.endIndex else {
        return nil
      }
      lines.append(
        PlanIdentity.Line(
          label: String(decoding: line[..<colon], as: UTF8.self),
          value: String(decoding: line[(colon + 2)...], as: UTF8.self)))
    }
    identity = PlanIdentity(lines: lines)
    validBytes = start
    while let line = next() {
      if line.elementsEqual(Self.completion) {
        isComplete = true
      } else if let record = JournalRecord(line) {
        records.append(record)
      } else {
        // A line that a crash of the machine left half written; so may be what follows.
        break
      }
      validBytes = start
    }
  }

  /// The first lines of a journal.
  static func head(_ identity: PlanIdentity) -> [UInt8] {
    let lines = identity.lines.map { "\($0.label): \($0.value)\n" }
    return Array(([signature, "\n"] + lines + ["\n"]).joined().utf8)
  }

  /// The refusal of a plan that is not the journal's; nil where it is.
  func refusal(of other: PlanIdentity, output: String) -> ModelError? {
    guard let difference = identity.difference(from: other) else { return nil }
    return ModelError(
      .invalidRequest, output,
      "the interrupted run had another plan: its \(difference.label) was '\(difference.own)', "
        + "and now it is '\(difference.other)'",
      hint: "repeat that run's command to go on with it; without --resume all is done anew")
  }
}
