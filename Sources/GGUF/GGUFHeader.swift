internal import WeighbridgeByteIO
internal import WeighbridgeModelIR

/// The header of one GGUF file, every number in it proven.
struct GGUFHeader {
  let source: any ByteSource
  let version: UInt32
  let byteOrder: ByteOrder
  let metadata: Metadata
  let alignment: UInt64
  /// Where the tensors' bytes begin; nil where there are no tensors.
  private(set) var dataStart: UInt64?
  let entries: [GGUFTensorEntry]
  /// Where the tensor table ends.
  let end: UInt64
  private(set) var problems: [Diagnostic] = []
  private var placed: [PlacedTensor] = []

  /// Reads everything in front of the tensor data, and proves where each tensor lies.
  init(_ source: any ByteSource, limits: ReadLimits) throws(FormatError) {
    var parser = try GGUFParser(source, limits: limits)
    let isFirst = parser.version == 1
    let tensorCount = try parser.count(
      minimumSize: isFirst ? 20 : 24, limit: limits.tensors, "the number of tensors")
    let entryCount = try parser.count(
      minimumSize: isFirst ? 10 : 14, limit: limits.metadataEntries,
      "the number of metadata entries")
    let metadataStart = parser.reader.position
    let metadata = try parser.metadata(entryCount)
    let alignment = try Self.alignment(metadata, in: source.name, at: metadataStart)
    self.entries = try parser.tensorTable(tensorCount)
    self.source = source
    self.version = parser.version
    self.byteOrder = parser.reader.byteOrder
    self.metadata = metadata
    self.alignment = alignment
    self.end = parser.reader.position
    self.placed = try place(headerEnd: end)
    note(oddTruths: parser.oddTruths)
    noteNestedArrays()
    noteUnusualTensors()
  }

  /// What `ModelOrigin` says of the file.
  var file: ModelOrigin.File {
    ModelOrigin.File(
      path: source.name, byteCount: source.byteCount, dataOffset: dataStart, alignment: alignment)
  }

  /// The tensors, as file number `file` of the model.
  func tensors(file: Int) -> [Tensor] {
    placed.map { place in
      Tensor(
        name: place.name, payload: place.payload,
        location: TensorLocation(file: file, offset: place.offset))
    }
  }

  /// `general.alignment`, or 32 (GGUF-11).
  private static func alignment(
    _ metadata: Metadata, in source: String, at offset: UInt64
  ) throws(FormatError) -> UInt64 {
    guard let value = metadata[GGUF.alignmentKey] else { return GGUF.defaultAlignment }
    guard case .uint32(let alignment) = value else {
      throw FormatError(
        .invalidValue, "metadata 'general.alignment' must be a uint32", in: source, at: offset)
    }
    guard alignment > 0, alignment & (alignment - 1) == 0 else {
      throw FormatError(
        .invalidValue, "metadata 'general.alignment' is \(alignment), not a power of two",
        in: source, at: offset)
    }
    return UInt64(alignment)
  }

  private mutating func place(headerEnd: UInt64) throws(FormatError) -> [PlacedTensor] {
    guard !entries.isEmpty else { return [] }
    let (sum, overflow) = headerEnd.addingReportingOverflow(alignment - 1)
    let start = sum & ~(alignment - 1)
    guard !overflow, start <= source.byteCount else {
      throw FormatError(
        .truncated,
        "the file ends before the tensor data, which starts at byte \(start)", in: source.name,
        at: source.byteCount)
    }
    dataStart = start
    var placer = TensorPlacer(
      source: source, dataStart: start, alignment: alignment, byteOrder: byteOrder)
    let placed = try placer.place(entries)
    problems += placer.problems
    return placed
  }

  private mutating func note(oddTruths: [ByteString]) {
    for key in oddTruths {
      problems.append(
        Diagnostic(
          .warning, "odd-truth-value", at: key.text,
          "a truth value is neither 0 nor 1; it was read as true, as ggml does"))
    }
  }

  /// What programs other than llama.cpp write, and it refuses to read.
  private mutating func noteUnusualTensors() {
    let shaped = entries.filter { $0.dimensions.count > GGUF.usualDimensions }
    if let first = shaped.first {
      problems.append(
        Diagnostic(
          .warning, "many-dimensions", at: first.name.text,
          "\(shaped.count) tensor\(shaped.count == 1 ? " has" : "s have") more than "
            + "\(GGUF.usualDimensions) dimensions, which llama.cpp refuses to read"))
    }
    let named = entries.filter { $0.name.count > GGUF.usualNameBytes }
    if let first = named.first {
      problems.append(
        Diagnostic(
          .warning, "long-names", at: first.name.text,
          "\(named.count) tensor\(named.count == 1 ? " has a name" : "s have names") of more than "
            + "\(GGUF.usualNameBytes) bytes, which llama.cpp refuses to read"))
    }
  }

  private mutating func noteNestedArrays() {
    for entry in metadata.entries {
      guard entry.value.array?.element == .array else { continue }
      problems.append(
        Diagnostic(
          .warning, "nested-array", at: entry.key.text,
          "an array of arrays, which ggml refuses to read"))
    }
  }
}
