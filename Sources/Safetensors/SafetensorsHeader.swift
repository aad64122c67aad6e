internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

/// The header of one file, every number in it proven.
struct SafetensorsHeader {
  let source: any ByteSource
  let metadata: Metadata
  let entries: [SafetensorsEntry]
  let dataStart: UInt64
  private(set) var problems: [Diagnostic] = []

  /// Reads the header and proves that the tensors cover the rest of the file, each byte once.
  init(_ source: any ByteSource, limits: ReadLimits) throws(FormatError) {
    let text = try Self.text(source, limits: limits)
    let json: JSONValue
    do { json = try JSONValue.parse(text, depth: limits.depth) } catch {
      throw error.formatError(in: source.name, base: Safetensors.lengthBytes)
    }
    guard let object = json.object else {
      throw FormatError(
        .invalidValue, "the header is not a JSON object", in: source.name,
        at: Safetensors.lengthBytes)
    }
    self.source = source
    self.dataStart = Safetensors.lengthBytes + UInt64(text.count)
    var metadata = Metadata()
    var entries: [SafetensorsEntry] = []
    for member in object.members {
      if member.key == Safetensors.metadataKey {
        metadata = try Self.metadata(member, in: source.name)
      } else {
        entries.append(try SafetensorsEntry(member, in: source.name))
      }
    }
    guard UInt64(entries.count) <= limits.tensors else {
      throw FormatError(
        .limitExceeded, "\(entries.count) tensors; at most \(limits.tensors) are allowed",
        in: source.name, at: Safetensors.lengthBytes)
    }
    // Files before 2023-03 list the tensors in any order; the order of the data is the file's order.
    entries = Self.inDataOrder(entries)
    self.metadata = metadata
    self.entries = entries
    if text.first != UInt8(ascii: "{") {
      problems.append(
        Diagnostic(
          .warning, "leading-space", at: source.name,
          "the header starts with white space; the format asks for '{'"))
    }
    try checkCoverage()
  }

  /// What `ModelOrigin` says of the file.
  var file: ModelOrigin.File {
    ModelOrigin.File(path: source.name, byteCount: source.byteCount, dataOffset: dataStart)
  }

  /// The tensors, as file number `file` of the model.
  func tensors(file: Int) -> [Tensor] {
    entries.map { entry in
      let offset = dataStart + entry.start
      guard
        let extent = ByteExtent(
          offset: offset, byteCount: entry.layout.byteCount, within: source.byteCount),
        let payload = SourcePayload(entry.layout, in: source, extent)
      else { preconditionFailure("the coverage of the file was proven") }
      return Tensor(
        name: entry.name, payload: payload, location: TensorLocation(file: file, offset: offset))
    }
  }

  /// The bytes of the JSON text (ST-1 to ST-4).
  private static func text(
    _ source: any ByteSource, limits: ReadLimits
  ) throws(FormatError) -> [UInt8] {
    var reader = ByteReader(source, limits: limits)
    let prefix: [UInt8]
    do { prefix = try source.readPrefix(4096) } catch { throw FormatError(error) }
    let length = reader.remaining >= 8 ? try reader.read(UInt64.self, "the header's length") : 0
    let isPlausible = length <= limits.headerBytes
    guard prefix.count >= 8, isPlausible || Safetensors.isFile(prefix) else {
      if prefix.count >= 8 || prefix.isEmpty {
        let kind = ForeignFile(prefix)
        throw FormatError(
          .notThisFormat, "not a safetensors file but \(kind.description)", in: source.name, at: 0,
          hint: kind.hint)
      }
      throw FormatError(
        .truncated, "\(prefix.count) bytes; a safetensors file starts with a length of 8 bytes",
        in: source.name, at: 0)
    }
    guard isPlausible else {
      throw FormatError(
        .limitExceeded,
        "a header of \(length) bytes; at most \(limits.headerBytes) are allowed", in: source.name,
        at: 0)
    }
    guard length <= reader.remaining else {
      throw FormatError(
        .truncated, "a header of \(length) bytes, and the file has \(reader.remaining) after it",
        in: source.name, at: 0, hint: "the file is incomplete: fetch or write it again")
    }
    do { return try source.readBytes(at: 8, count: Int(length)) } catch {
      throw FormatError(error)
    }
  }

  /// `__metadata__`: strings by strings (ST-6).
  private static func metadata(
    _ member: JSONObject.Member, in source: String
  ) throws(FormatError) -> Metadata {
    var metadata = Metadata()
    if member.value.isNull { return metadata }
    guard let object = member.value.object else {
      throw FormatError(
        .invalidValue, "'__metadata__' is not a JSON object", in: source, at: offset(of: member))
    }
    for entry in object.members {
      guard let value = entry.value.string else {
        throw FormatError(
          .invalidValue, "'__metadata__' has a value for '\(entry.key)' that is not a string",
          in: source, at: offset(of: entry))
      }
      _ = metadata.append(entry.key, .string(value))
    }
    return metadata
  }

  static func offset(of member: JSONObject.Member) -> UInt64 {
    Safetensors.lengthBytes + UInt64(member.offset)
  }

  /// Sorted by start, then end; the order of the text decides between tensors without bytes.
  private static func inDataOrder(_ entries: [SafetensorsEntry]) -> [SafetensorsEntry] {
    entries.enumerated().sorted { left, right in
      (left.element.start, left.element.end, left.offset)
        < (right.element.start, right.element.end, right.offset)
    }.map(\.element)
  }

  /// From the first byte to the last: no gap, no overlap, nothing left over (ST-9 to ST-11).
  private func checkCoverage() throws(FormatError) {
    let total = source.byteCount - dataStart
    var position: UInt64 = 0
    for entry in entries {
      guard entry.start == position else {
        let isOverlap = entry.start < position
        throw fault(
          isOverlap ? .overlap : .invalidValue, entry,
          isOverlap
            ? "starts at \(entry.start), inside the data of another one, which ends at \(position)"
            : "starts at \(entry.start), and nothing covers the data from \(position) on")
      }
      guard entry.end <= total else {
        throw fault(
          .truncated, entry, "ends at \(entry.end), and the file holds \(total) bytes of data",
          hint: "the file is incomplete: fetch or write it again")
      }
      position = entry.end
    }
    guard position == total else {
      throw FormatError(
        .invalidValue, "\(total - position) bytes follow the last tensor", in: source.name,
        at: dataStart + position)
    }
  }

  private func fault(
    _ code: FormatError.Code, _ entry: SafetensorsEntry, _ message: String, hint: String? = nil
  ) -> FormatError {
    FormatError(
      code, "tensor '\(entry.name)' \(message)", in: source.name, at: entry.place, hint: hint)
  }
}
