internal import WeighbridgeByteIO
internal import WeighbridgeEncodings
internal import WeighbridgeModelIR

/// A tensor of a file: its name, its bytes and where they start.
struct PlacedTensor {
  let name: ByteString
  let payload: any TensorPayload
  let offset: UInt64
}

/// Proves the table against the file: each tensor starts where the one before it ended, padded, and
/// lies inside the file (GGUF-14 to GGUF-17).
struct TensorPlacer {
  let source: any ByteSource
  let dataStart: UInt64
  let alignment: UInt64
  let byteOrder: ByteOrder
  private(set) var problems: [Diagnostic] = []
  private var unknown: [(type: String, count: Int)] = []

  init(source: any ByteSource, dataStart: UInt64, alignment: UInt64, byteOrder: ByteOrder) {
    self.source = source
    self.dataStart = dataStart
    self.alignment = alignment
    self.byteOrder = byteOrder
  }

  mutating func place(_ entries: [GGUFTensorEntry]) throws(FormatError) -> [PlacedTensor] {
    var placed: [PlacedTensor] = []
    placed.reserveCapacity(entries.count)
    var expected: UInt64 = 0
    for (index, entry) in entries.enumerated() {
      try check(entry, startsAt: expected)
      let next = index + 1 < entries.count ? entries[index + 1].offset : nil
      let tensor: PlacedTensor
      (tensor, expected) = try place(entry, next: next)
      placed.append(tensor)
    }
    noteUnknownTypes()
    noteEnd(of: expected)
    return placed
  }

  private func fault(
    _ code: FormatError.Code, _ entry: GGUFTensorEntry, _ message: String, hint: String? = nil
  ) -> FormatError {
    FormatError(
      code, "tensor '\(entry.name)': \(message)", in: source.name, at: entry.place, hint: hint)
  }

  private func check(_ entry: GGUFTensorEntry, startsAt expected: UInt64) throws(FormatError) {
    guard entry.offset % alignment == 0 else {
      throw fault(
        .invalidValue, entry, "offset \(entry.offset) is not a multiple of \(alignment)")
    }
    guard entry.offset >= expected else {
      throw fault(
        .overlap, entry,
        "offset \(entry.offset) lies inside the tensor before it, which ends at \(expected)")
    }
    guard entry.offset == expected else {
      throw fault(
        .invalidValue, entry,
        "offset \(entry.offset) leaves a gap behind the tensor before it, which ends at \(expected)",
        hint: "the tensors, their types or 'general.alignment' are not what the writer meant")
    }
  }

  private mutating func place(
    _ entry: GGUFTensorEntry, next: UInt64?
  ) throws(FormatError) -> (PlacedTensor, end: UInt64) {
    let layout = try layout(entry, next: next)
    guard
      let extent = ByteExtent(
        base: dataStart, offset: entry.offset, byteCount: layout.byteCount,
        within: source.byteCount)
    else {
      throw fault(
        .truncated, entry,
        "its \(layout.byteCount) bytes from byte \(dataStart &+ entry.offset) on reach past the "
          + "end of the file (\(source.byteCount) bytes)",
        hint: "the file is incomplete: fetch or write it again")
    }
    guard let payload = SourcePayload(layout, in: source, extent) else {
      throw fault(.invalidValue, entry, "its size is not that of its shape")
    }
    // The extent lies in the file, so the padded end is far from overflowing.
    let (padded, overflow) = (entry.offset + layout.byteCount)
      .addingReportingOverflow(alignment - 1)
    guard !overflow else { throw fault(.invalidValue, entry, "its padded size overflows") }
    var inOrder: any TensorPayload = payload
    if byteOrder == .big, let swapped = SwappedPayload(payload) { inOrder = swapped }
    let tensor = PlacedTensor(name: entry.name, payload: inOrder, offset: extent.offset)
    return (tensor, padded & ~(alignment - 1))
  }

  private mutating func layout(
    _ entry: GGUFTensorEntry, next: UInt64?
  ) throws(FormatError) -> TensorLayout {
    var dimensions: [Int] = []
    for dimension in entry.dimensions.reversed() {
      guard let size = Int(exactly: dimension) else {
        throw fault(.invalidValue, entry, "a dimension of \(dimension)")
      }
      dimensions.append(size)
    }
    guard let shape = TensorShape(dimensions) else {
      throw fault(.invalidValue, entry, "the shape \(dimensions) has more than 2⁶³ elements")
    }
    let traits = Encoding.gguf(entry.type)
    guard let traits, byteOrder == .little || traits.wideFields != nil else {
      return try opaque(entry, shape, named: traits?.name, next: next)
    }
    guard let layout = TensorLayout(shape, traits) else {
      throw fault(
        .invalidValue, entry,
        shape.rowLength % traits.elementsPerBlock == 0
          ? "the shape \(shape) of \(traits.name) takes more bytes than can be counted"
          : "rows of \(shape.rowLength) elements are not whole blocks of \(traits.name) "
            + "(\(traits.elementsPerBlock) elements)")
    }
    return layout
  }

  /// A tensor of an unknown type reaches to the next one, or to the end of the file (GGUF-16).
  private mutating func opaque(
    _ entry: GGUFTensorEntry, _ shape: TensorShape, named name: String?, next: UInt64?
  ) throws(FormatError) -> TensorLayout {
    let end = next ?? source.byteCount - dataStart
    guard end >= entry.offset else {
      throw fault(
        next == nil ? .truncated : .overlap, entry,
        "offset \(entry.offset) lies behind byte \(end), where its data must end")
    }
    let label = name ?? "type \(entry.type)"
    guard
      let layout = TensorLayout(
        opaque: shape, named: label, ggufType: entry.type, byteCount: end - entry.offset)
    else { throw fault(.invalidValue, entry, "a size of \(end - entry.offset) bytes") }
    if let known = unknown.firstIndex(where: { $0.type == label }) {
      unknown[known].count += 1
    } else {
      unknown.append((label, 1))
    }
    return layout
  }

  private mutating func noteUnknownTypes() {
    for (type, count) in unknown {
      problems.append(
        Diagnostic(
          .warning, "unknown-encoding", at: type,
          "\(count) tensor\(count == 1 ? " is" : "s are") of an encoding that cannot be decoded"
            + (byteOrder == .big ? " in a big-endian file" : "")))
    }
  }

  private mutating func noteEnd(of end: UInt64) {
    let (dataEnd, overflow) = dataStart.addingReportingOverflow(end)
    guard !overflow, dataEnd != source.byteCount else { return }
    let message =
      dataEnd < source.byteCount
      ? "\(source.byteCount - dataEnd) bytes follow the last tensor"
      : "the last tensor lacks \(dataEnd - source.byteCount) bytes of padding"
    problems.append(
      Diagnostic(
        .warning, dataEnd < source.byteCount ? "trailing-bytes" : "missing-padding",
        at: source.name, message))
  }
}
