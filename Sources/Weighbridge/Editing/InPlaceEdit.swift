internal import WeighbridgeByteIO
internal import WeighbridgeGGUF
internal import WeighbridgeModelIR
internal import WeighbridgeSafetensors

/// An edit of files where they lie: only what is in front of the tensors is written.
package struct InPlaceEdit: Sendable {
  package let edit: ModelEdit
  /// Whether a file is changed whose name is the digest of what it holds.
  package let force: Bool
  /// Whether it is only looked at.
  package let isDry: Bool

  /// Prepares an edit.
  package init(_ edit: ModelEdit, force: Bool, isDry: Bool) {
    self.edit = edit
    self.force = force
    self.isDry = isDry
  }

  /// Edits the model at a path: a file, or all parts of a split one.
  package func run(_ path: String) throws -> EditOutcome {
    for prefix in ["http://", "https://", "hf://", "ollama://"] where path.hasPrefix(prefix) {
      throw RequestError(
        message: "\(path): only files of this machine are edited in place",
        hint: "-o FILE writes an edited copy")
    }
    if DirectoryTree.isDirectory(path) {
      return try FolderEdit(edit, isDry: isDry).run(path, to: nil, replacing: true)
    }
    try checkName(path)
    if let shard = ShardName(path), shard.index > 0 { try InPlaceChange.settle(shard.part(0).name) }
    try InPlaceChange.settle(path)
    let source = try FileSource(path: path, isInput: false)
    let prefix = try source.readPrefix(4096)
    if GGUF.recognizes(prefix, in: source) { return try editGGUF(path, source) }
    if Safetensors.recognizes(prefix, in: source) {
      return try SafetensorsEdit(edit, isDry: isDry).run(path, source)
    }
    let kind = ForeignFile(prefix)
    throw FormatError(
      .notThisFormat, "only GGUF and safetensors are edited, and this is \(kind.description)",
      in: path, at: 0, hint: kind.hint ?? "convert the model first")
  }

  /// Stores that name files by their digests must not find others under the names.
  private func checkName(_ path: String) throws {
    let target = FileIdentity.resolved(path)
    let name = ModelInput.shortName(target)
    let digits = name.hasPrefix("sha256-") ? name.dropFirst(7) : name[...]
    guard !force, digits.count == 64, digits.allSatisfy(\.isHexDigit) else { return }
    throw RequestError(
      message:
        "\(path): \(target == path ? "its" : "it leads to a file whose") name is the digest of "
        + "the content, so a store of models relies on it",
      hint: "-o FILE writes an edited copy; --force edits it all the same")
  }

  private func editGGUF(_ path: String, _ source: FileSource) throws -> EditOutcome {
    let parts = try self.parts(path, source)
    let first = parts[0].header
    let names = parts.flatMap(\.header.names)
    let result = try edit.applied(to: first.metadata, tensors: names)
    guard result.metadata["general.alignment"] == first.metadata["general.alignment"] else {
      throw RequestError(
        message: "\(path): another alignment moves every tensor, which is no edit in place",
        hint: "-o FILE writes an edited copy")
    }
    var outcome = EditOutcome(changes: result.changes)
    var starts: [InPlaceChange.Start] = []
    for (index, part) in parts.enumerated() {
      let metadata = index == 0 ? result.metadata : part.header.metadata
      let renames = result.names.filter { part.header.names.contains($0.key) }
      guard index == 0 || !renames.isEmpty else { continue }
      guard part.header.isRewritable else {
        throw RequestError(
          message: "\(part.path): GGUF version 1 is not written any more",
          hint: "-o FILE writes an edited copy in version 3")
      }
      guard let bytes = part.header.bytes(metadata, renaming: renames) else {
        throw Self.noRoom(part.path, part.header, metadata, renames)
      }
      if index == 0, part.header.hasTensors {
        outcome.room = part.header.room - part.header.size(metadata, renaming: renames)
      }
      starts.append(InPlaceChange.Start(path: part.path, bytes: bytes))
    }
    if let start = starts.first, !first.hasTensors {
      // Nothing is behind the header: the file is as large as it, and is replaced whole.
      guard starts.count == 1 else {
        throw RequestError(
          message:
            "\(path): the first part has no tensors, so it and others are not changed as one",
          hint: "-o FILE writes an edited copy")
      }
      outcome.files = [try replace(start)]
      return outcome
    }
    let written = isDry ? 0 : try InPlaceChange.apply(starts)
    outcome.files = starts.enumerated().map { index, start in
      EditOutcome.File(
        path: start.path, byteCount: parts.first { $0.path == start.path }?.byteCount ?? 0,
        written: index == 0 ? written : 0)
    }
    return outcome
  }

  private func replace(_ start: InPlaceChange.Start) throws -> EditOutcome.File {
    let count = UInt64(start.bytes.count)
    if !isDry {
      let file = try AtomicFile(path: start.path, byteCount: count, replaces: true)
      try file.sink.write(start.bytes, at: 0)
      try file.commit()
    }
    return EditOutcome.File(path: start.path, byteCount: count, written: isDry ? 0 : count)
  }

  private struct Part {
    let path: String
    let byteCount: UInt64
    let header: GGUFHeaderEdit
  }

  /// The file, or all parts of the model that it belongs to, the first one first.
  private func parts(_ path: String, _ source: FileSource) throws -> [Part] {
    let header = try GGUFHeaderEdit(source)
    let count = header.metadata["split.count"]?.integer ?? 1
    guard count > 1 else { return [Part(path: path, byteCount: source.byteCount, header: header)] }
    // Opening the whole proves that the parts belong together.
    _ = try GGUF.open(
      ModelInput.shortName(path), in: UnprotectedTree(SingleFileTree(path: path)), limits: .default)
    guard let name = ShardName(path) else {
      throw RequestError(message: "\(path): this is a part of a split model by another name")
    }
    return try (0..<name.count).map { index in
      let path = name.part(index).name
      try checkName(path)
      let file = try FileSource(path: path, isInput: false)
      return Part(path: path, byteCount: file.byteCount, header: try GGUFHeaderEdit(file))
    }
  }

  private static func noRoom(
    _ path: String, _ header: GGUFHeaderEdit, _ metadata: Metadata,
    _ names: [ByteString: ByteString]
  ) -> ModelError {
    let size = header.size(metadata, renaming: names)
    let missing = size - header.room
    return ModelError(
      .notWritable, path,
      missing > 0
        ? "the new header takes \(size) bytes, and there is room for \(header.room): "
          + "\(missing) bytes too many"
        : "the new header leaves \(-missing) bytes, too few for the key that fills them",
      hint: "-o FILE --reserve 64KiB writes a copy with room for later edits")
  }
}

/// Files that are read, and may be written all the same: those of an edit in place.
struct UnprotectedTree: FileTree {
  private let base: SingleFileTree

  init(_ base: SingleFileTree) { self.base = base }

  var name: String { base.name }
  var names: [String] { base.names }

  func open(_ name: String) throws(IOError) -> any ByteSource {
    try FileSource(path: base.folder + name, isInput: false)
  }
}
