internal import WeighbridgeByteIO
internal import WeighbridgeModelIR

/// The fields and the vocabulary of one file, read as one layout says.
struct LegacyHeader: Sendable {
  /// A named field in the order of the file.
  struct Entry: Hashable, Sendable {
    let name: String
    let value: MetadataValue
  }

  let layout: LegacyLayout
  let container: LegacyContainer
  private(set) var entries: [Entry] = []
  /// The tokens; none where the layout has no vocabulary.
  private(set) var tokens: [ByteString] = []
  /// Their scores; none where the file has none.
  private(set) var scores: [Float] = []
  /// Pairs of tokens, each joined by a space.
  private(set) var merges: [ByteString] = []
  /// Where the first tensor's record starts.
  private(set) var end: UInt64 = 0

  /// The most that a field of the header may be: above all sizes of models, below what overflows.
  static let largestField: UInt32 = 1 << 24
  /// Fields that count layers or tokens have limits of their own.
  static let largestLayerCount: UInt32 = 4096
  static let largestVocabulary: UInt32 = 1 << 22
  /// As in the converters of 2023.
  static let longestToken: UInt32 = 4095

  /// A field as an integer.
  func integer(_ name: String) -> Int? {
    entries.first { $0.name == name }?.value.integer
  }

  /// `ftype`, or what stands for it.
  var fileType: Int { integer("ftype") ?? integer("data_type") ?? 0 }

  /// Reads header and vocabulary (GGML-5 to GGML-8); `reader` stands behind magic and version.
  ///
  /// `progress` is kept up to date, so that a failure shows how far the layout fitted.
  init(
    _ layout: LegacyLayout, _ container: LegacyContainer, _ reader: inout ByteReader,
    progress: inout LegacyProgress
  ) throws(FormatError) {
    self.layout = layout
    self.container = container
    for field in layout.fields { try read(field, &reader) }
    try checkFileType(reader)
    progress = LegacyProgress(.vocabulary, reader.position)
    try readVocabulary(&reader, &progress)
    end = reader.position
    progress = LegacyProgress(.firstTensor, end)
  }

  private mutating func read(
    _ field: LegacyLayout.Field, _ reader: inout ByteReader
  ) throws(FormatError) {
    switch field {
    case .integer(let name):
      let start = reader.position
      let value = try reader.read(UInt32.self, name)
      let limit =
        name == "n_vocab"
        ? Self.largestVocabulary
        : name.contains("layer") ? Self.largestLayerCount : Self.largestField
      guard value <= limit else {
        throw reader.fault(
          .limitExceeded, "\(name) is \(value); at most \(limit) are allowed", at: start)
      }
      entries.append(Entry(name: name, value: .uint32(value)))
    case .float(let name):
      let start = reader.position
      let value = try reader.readFloat(name)
      guard value.isFinite, abs(value) < 1e6 else {
        throw reader.fault(.invalidValue, "\(name) is \(value)", at: start)
      }
      entries.append(Entry(name: name, value: .float32(value)))
    case .text(let name):
      let bytes = try readToken(&reader, name)
      entries.append(Entry(name: name, value: .string(bytes)))
    case .matrix(let name):
      try readMatrix(name, &reader)
    case .vector(let name, let field):
      let start = reader.position
      let count = try reader.readCount(
        as: UInt32.self, minimumSize: 4, limit: UInt64(Self.largestField), "the size of \(name)")
      guard count > 0, count == integer(field) else {
        throw reader.fault(
          .invalidValue, "\(name) has \(count) numbers, and \(field) is \(integer(field) ?? 0)",
          at: start)
      }
      var values: [Float] = []
      for _ in 0..<count { values.append(try reader.readFloat(name)) }
      entries.append(Entry(name: name, value: .array(.float32(values))))
    case .integers(let name, let field):
      var values: [UInt32] = []
      for _ in 0..<(integer(field) ?? 0) { values.append(try reader.read(UInt32.self, name)) }
      entries.append(Entry(name: name, value: .array(.uint32(values))))
    }
  }

  private mutating func readMatrix(
    _ name: String, _ reader: inout ByteReader
  ) throws(FormatError) {
    let start = reader.position
    let rows = UInt64(try reader.read(UInt32.self, "the rows of \(name)"))
    let columns = UInt64(try reader.read(UInt32.self, "the columns of \(name)"))
    let count = rows * columns & (1 << 63 - 1)
    guard rows < 1 << 16, columns < 1 << 16, count * 4 <= reader.remaining else {
      throw reader.fault(
        .truncated,
        "\(name) has \(rows) × \(columns) numbers, more than the \(reader.remaining) bytes left",
        at: start)
    }
    var values: [Float] = []
    values.reserveCapacity(Int(count))
    for _ in 0..<count { values.append(try reader.readFloat(name)) }
    entries.append(Entry(name: "\(name).rows", value: .uint32(UInt32(rows))))
    entries.append(Entry(name: "\(name).columns", value: .uint32(UInt32(columns))))
    entries.append(Entry(name: name, value: .array(.float32(values))))
  }

  /// The file type's two parts are both known (GGML-13).
  private func checkFileType(_ reader: borrowing ByteReader) throws(FormatError) {
    guard let type = integer("ftype") else { return }
    let factor = LegacyLayout.quantizationFactor
    let isVersioned = container.kind == .ggml && !layout.maySplit
    guard type % factor <= 18, isVersioned ? type / factor <= 2 : type < factor else {
      throw reader.fault(.invalidValue, "the file type is \(type)")
    }
  }

  private func readToken(
    _ reader: inout ByteReader, _ what: @autoclosure () -> String
  ) throws(FormatError) -> ByteString {
    let start = reader.position
    let length = try reader.read(UInt32.self, what())
    guard length <= Self.longestToken else {
      throw reader.fault(
        .limitExceeded,
        "\(what()) has \(length) bytes; at most \(Self.longestToken) are allowed", at: start)
    }
    return ByteString(try reader.readBytes(UInt64(length), what()))
  }

  private mutating func readVocabulary(
    _ reader: inout ByteReader, _ progress: inout LegacyProgress
  ) throws(FormatError) {
    var count = UInt32(integer("n_vocab") ?? 0)
    let hasScores: Bool
    switch layout.vocabulary {
    case .none: return
    case .plain: hasScores = false
    case .scored, .scoredThenMerges: hasScores = true
    case .counted:
      hasScores = false
      count = UInt32(
        try reader.readCount(
          as: UInt32.self, minimumSize: 4, limit: UInt64(Self.largestVocabulary),
          "the number of tokens"))
    }
    guard UInt64(count) * (hasScores ? 8 : 4) <= reader.remaining else {
      throw reader.fault(
        .truncated, "\(count) tokens need more than the \(reader.remaining) bytes left")
    }
    tokens.reserveCapacity(Int(count))
    for index in 0..<count {
      tokens.append(try readToken(&reader, "token \(index)"))
      if hasScores { scores.append(try reader.readFloat("the score of token \(index)")) }
      progress = LegacyProgress(.vocabulary, reader.position)
    }
    if case .scoredThenMerges = layout.vocabulary { try readMerges(&reader) }
  }

  private mutating func readMerges(_ reader: inout ByteReader) throws(FormatError) {
    let count = try reader.readCount(
      as: UInt32.self, minimumSize: 8, limit: UInt64(Self.largestVocabulary),
      "the number of merges")
    merges.reserveCapacity(count)
    for index in 0..<count {
      let left = try readToken(&reader, "merge \(index)")
      let right = try readToken(&reader, "merge \(index)")
      merges.append(ByteString(left.bytes + [0x20] + right.bytes))
    }
  }
}

/// How far a layout fitted a file.
struct LegacyProgress: Comparable {
  /// Parts of a file, in their order.
  enum Stage: Int { case header, vocabulary, firstTensor, tensors }
  let stage: Stage
  let offset: UInt64

  init(_ stage: Stage, _ offset: UInt64) {
    self.stage = stage
    self.offset = offset
  }

  static func < (left: LegacyProgress, right: LegacyProgress) -> Bool {
    (left.stage.rawValue, left.offset) < (right.stage.rawValue, right.offset)
  }
}
