internal import WeighbridgeByteIO
internal import WeighbridgeEncodings
internal import WeighbridgeModelIR

/// One tensor's record: everything about it is proven.
struct LegacyRecord: Sendable {
  let name: ByteString
  let layout: TensorLayout
  let extent: ByteExtent
}

/// The records behind the vocabulary, to the end of the file (GGML-9 to GGML-11, GGML-14).
struct LegacyTensorTable: Sendable {
  private(set) var era: BlockEra
  private(set) var records: [LegacyRecord] = []
  /// Names that the architecture does not have.
  private(set) var unknown: [ByteString] = []

  static let maximumDimensions: UInt32 = 4
  static let longestName: UInt32 = 4095

  /// Reads all records as blocks of `era`.
  init(
    _ header: LegacyHeader, era: BlockEra, in source: any ByteSource, limits: ReadLimits,
    progress: inout LegacyProgress
  ) throws(FormatError) {
    self.era = era
    let names = LegacyNames(header)
    var seen = Set<ByteString>()
    var reader = ByteReader(source, at: header.end, limits: limits)
    while reader.remaining > 0 {
      let start = reader.position
      let stage: LegacyProgress.Stage = records.isEmpty ? .firstTensor : .tensors
      progress = max(progress, LegacyProgress(stage, start))
      guard UInt64(records.count) < limits.tensors else {
        throw reader.fault(.limitExceeded, "more than \(limits.tensors) tensors", at: start)
      }
      let entry = try Self.entry(&reader)
      do throws(FormatError) { try classify(entry.name, names, at: start, reader) } catch {
        // A foreign name speaks against the layout, however far it seemed to fit.
        if records.isEmpty { progress = LegacyProgress(.header, start) }
        throw error
      }
      progress = LegacyProgress(.tensors, reader.position)
      let record = try Self.record(entry, header, era, source, &reader)
      guard seen.insert(record.name).inserted else {
        throw reader.fault(
          .duplicateName, "tensor '\(record.name)' occurs a second time", at: start)
      }
      records.append(record)
      progress = LegacyProgress(.tensors, reader.position)
    }
    progress = max(progress, LegacyProgress(.tensors, reader.position))
    guard !records.isEmpty || Self.isVocabularyOnly(header) else {
      throw reader.fault(.truncated, "the file ends before the first tensor")
    }
    if !records.isEmpty, let missing = names.missing(from: seen) {
      throw reader.fault(
        .truncated,
        "the file ends after \(records.count) tensors, without '\(missing)'")
    }
  }

  /// Notes that the blocks lie in planes, which the records cannot tell.
  mutating func placeInPlanes() { era = .planes }

  /// Whether a file without tensors is a vocabulary, not a stump (GGML-16): a kind of which such files
  /// exist, with a token at least for each byte.
  private static func isVocabularyOnly(_ header: LegacyHeader) -> Bool {
    header.layout.mayLackTensors && header.tokens.count >= 256
  }

  private mutating func classify(
    _ name: ByteString, _ names: LegacyNames, at start: UInt64, _ reader: borrowing ByteReader
  ) throws(FormatError) {
    switch names.role(of: name) {
    case .known: return
    case .beyond(let layers):
      throw reader.fault(
        .invalidValue, "tensor '\(name)' belongs to none of the \(layers) layers", at: start)
    case .unknown:
      guard !records.isEmpty else {
        throw reader.fault(
          .invalidValue, "the first tensor is \(Self.shown(name)), which no model of this kind has",
          at: start)
      }
      unknown.append(name)
    }
  }

  /// A name as a message shows it: what was no name to begin with would fill the line.
  private static func shown(_ name: ByteString) -> String {
    guard let text = name.validatedText, text.utf8.count <= 64,
      text.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F })
    else { return "of \(name.count) bytes that are no name" }
    return "'\(text)'"
  }

  /// A record as it is written.
  private struct Entry {
    let start: UInt64
    let type: UInt32
    /// Outermost first.
    let dimensions: [Int]
    let name: ByteString
  }

  private static func entry(_ reader: inout ByteReader) throws(FormatError) -> Entry {
    let start = reader.position
    let dimensionCount = try reader.read(UInt32.self, "a tensor's number of dimensions")
    guard dimensionCount <= maximumDimensions else {
      throw reader.fault(
        .invalidValue,
        "a tensor has \(dimensionCount) dimensions; at most \(maximumDimensions) are allowed",
        at: start)
    }
    let nameBytes = try reader.read(UInt32.self, "the length of a tensor's name")
    guard (1...longestName).contains(nameBytes) else {
      throw reader.fault(
        .invalidValue,
        "a tensor's name has \(nameBytes) bytes; 1 to \(longestName) are allowed", at: start)
    }
    let type = try reader.read(UInt32.self, "a tensor's type")
    var dimensions: [Int] = []
    for _ in 0..<dimensionCount {
      dimensions.insert(Int(try reader.read(UInt32.self, "a tensor's dimensions")), at: 0)
    }
    let name = ByteString(try reader.readBytes(UInt64(nameBytes), "a tensor's name"))
    return Entry(start: start, type: type, dimensions: dimensions, name: name)
  }

  private static func record(
    _ entry: Entry, _ header: LegacyHeader, _ era: BlockEra, _ source: any ByteSource,
    _ reader: inout ByteReader
  ) throws(FormatError) -> LegacyRecord {
    let padding = (0 &- reader.position) & (header.container.alignment - 1)
    try reader.skip(padding, "the padding of tensor '\(entry.name)'")
    let layout = try layout(of: entry, header, era, reader)
    guard
      let extent = ByteExtent(
        offset: reader.position, byteCount: layout.byteCount, within: source.byteCount)
    else {
      throw reader.fault(
        .truncated,
        "the file ends inside tensor '\(entry.name)': \(layout.byteCount) bytes needed, "
          + "\(reader.remaining) left")
    }
    try reader.skip(extent.byteCount, "a tensor")
    return LegacyRecord(name: entry.name, layout: layout, extent: extent)
  }

  private static func layout(
    of entry: Entry, _ header: LegacyHeader, _ era: BlockEra, _ reader: borrowing ByteReader
  ) throws(FormatError) -> TensorLayout {
    guard let id = header.layout.typeIDs.ggmlType(entry.type), let encoding = era.encoding(id)
    else {
      throw reader.fault(
        .unsupportedEncoding,
        "tensor '\(entry.name)' has type \(entry.type), which is not known", at: entry.start)
    }
    guard let shape = TensorShape(entry.dimensions), entry.dimensions.allSatisfy({ $0 > 0 }),
      encoding.divides(shape.rowLength),
      let layout = TensorLayout(shape, encoding)
    else {
      throw reader.fault(
        .invalidValue,
        "tensor '\(entry.name)' cannot have the shape \(entry.dimensions) in \(encoding)",
        at: entry.start)
    }
    return layout
  }
}
