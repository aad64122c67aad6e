internal import WeighbridgeByteIO
internal import WeighbridgeModelIR
internal import WeighbridgeSafetensors

/// An edit of a safetensors file: `__metadata__`, and names of tensors.
struct SafetensorsEdit {
  let edit: ModelEdit
  let isDry: Bool

  init(_ edit: ModelEdit, isDry: Bool) {
    self.edit = edit
    self.isDry = isDry
  }

  private func prepared(
    _ source: any ByteSource
  ) throws -> (header: SafetensorsHeaderEdit, result: ModelEdit.Result) {
    guard edit.templates.isEmpty, !edit.removesTemplates, edit.tokenTypes.isEmpty,
      edit.specials.isEmpty
    else {
      throw RequestError(
        message: "\(source.name): chat templates and tokens are in the files beside it",
        hint: "give the folder: weighbridge edit FOLDER --chat-template FILE --in-place")
    }
    let header = try SafetensorsHeaderEdit(source)
    var plain = edit
    plain.reserve = nil
    return (header, try plain.applied(to: header.metadata, tensors: header.names))
  }

  /// Edits a file in place.
  func run(_ path: String, _ source: any ByteSource) throws -> EditOutcome {
    let (header, result) = try prepared(source)
    let bytes = try header.bytes(result.metadata, renaming: result.names, room: header.room)
    guard bytes.count == header.room else {
      throw ModelError(
        .notWritable, path,
        "the new header takes \(bytes.count) bytes, and there is room for \(header.room): "
          + "\(bytes.count - header.room) bytes too many",
        hint: "-o FILE --reserve 64KiB writes a copy with room for later edits")
    }
    var outcome = EditOutcome(changes: result.changes)
    outcome.room = header.room - (try header.bytes(result.metadata, renaming: result.names)).count
    let written = isDry ? 0 : try InPlaceChange.apply([.init(path: path, bytes: bytes)])
    outcome.files = [.init(path: path, byteCount: source.byteCount, written: written)]
    return outcome
  }

  /// Writes an edited copy.
  func copy(_ source: any ByteSource, to output: String, replacing: Bool) throws -> EditOutcome {
    let (header, result) = try prepared(source)
    let bare = try header.bytes(result.metadata, renaming: result.names)
    let room = (bare.count + (edit.reserve ?? 0) + 7) / 8 * 8
    let bytes = try header.bytes(result.metadata, renaming: result.names, room: room)
    let rest = source.byteCount - UInt64(header.room)
    var outcome = EditOutcome(changes: result.changes)
    let total = UInt64(bytes.count) + rest
    outcome.files = [.init(path: output, byteCount: total, written: isDry ? 0 : total)]
    guard !isDry else { return outcome }
    let file = try AtomicFile(path: output, byteCount: total, replaces: replacing)
    try file.sink.write(bytes, at: 0)
    try FileCopy.copy(source, from: UInt64(header.room), to: file.sink, at: UInt64(bytes.count))
    try file.commit()
    return outcome
  }
}

/// Copies bytes from a source to a sink, a chunk at a time.
enum FileCopy {
  private static let chunk = 4 << 20

  static func copy(
    _ source: any ByteSource, from start: UInt64 = 0, to sink: any PositionalSink,
    at place: UInt64 = 0
  ) throws(IOError) {
    var done: UInt64 = 0
    let total = source.byteCount - min(start, source.byteCount)
    while done < total {
      let count = Int(min(UInt64(chunk), total - done))
      try sink.write(try source.readBytes(at: start + done, count: count), at: place + done)
      done += UInt64(count)
    }
  }
}
