package import WeighbridgeByteIO
package import WeighbridgeModelIR

/// The files of 2023, before GGUF: unversioned GGML, GGMF, GGJT 1 to 3, and what other programs made of
/// them.
///
/// The rules that the names `GGML-1` and so on stand for are in `Specs/ggml-legacy.md`. Header fields
/// are metadata under `ggml.`, by the names of the time; tensors keep their names and bytes.
package enum LegacyGGML: ModelFormat {
  /// What to call it.
  package static let name = "GGML"

  /// Whether the bytes are of this format; see `ModelFormat`.
  ///
  /// Which of the many layouts it is, only `open` finds out: it reads header, vocabulary and tensors.
  package static func recognizes(_ prefix: [UInt8], in source: any ByteSource) -> Bool {
    LegacyContainer.magic(prefix) != nil || BareVocabulary.isPlausible(source)
  }

  /// Reads the headers; see `ModelFormat`.
  ///
  /// `file` may be any part of a model in several files: the others are looked for beside it.
  package static func open(
    _ file: String, in tree: any FileTree, limits: ReadLimits
  ) throws(FormatError) -> Model {
    let source: any ByteSource
    do { source = try tree.open(file) } catch { throw FormatError(error) }
    let first = try LegacyFile(source, limits: limits)
    let count = LegacyParts.count(first)
    if count > 1 {
      let parts = try LegacyParts(first, named: file, count: count, in: tree, limits: limits)
      var model = model(parts.files)
      model.tensors = try parts.tensors()
      return model
    }
    var model = model([first])
    for (index, record) in first.table.records.enumerated() {
      model.tensors.append(
        Tensor(
          name: record.name, payload: try first.payload(index),
          location: TensorLocation(file: 0, offset: record.extent.offset)))
    }
    return model
  }

  /// Everything but the tensors.
  private static func model(_ files: [LegacyFile]) -> Model {
    let first = files[0]
    return Model(
      origin: ModelOrigin(
        format: name, kind: .legacy, version: first.header.container.description,
        files: files.map { ModelOrigin.File(path: $0.source.name, byteCount: $0.source.byteCount) }
      ),
      metadata: metadata(first), problems: problems(first))
  }

  private static func metadata(_ file: LegacyFile) -> Metadata {
    let header = file.header
    var metadata = Metadata()
    metadata["ggml.container"] = .string(ByteString(header.container.kind.rawValue))
    if let version = header.container.version { metadata["ggml.version"] = .uint32(version) }
    metadata["ggml.architecture"] = .string(ByteString(header.layout.name))
    metadata["ggml.blocks"] = .string(ByteString(file.table.era.rawValue))
    for entry in header.entries { metadata["ggml.\(entry.name)"] = entry.value }
    if !header.tokens.isEmpty { metadata["ggml.tokens"] = .array(.strings(header.tokens)) }
    if !header.scores.isEmpty { metadata["ggml.scores"] = .array(.float32(header.scores)) }
    if !header.merges.isEmpty { metadata["ggml.merges"] = .array(.strings(header.merges)) }
    return metadata
  }

  private static func problems(_ file: LegacyFile) -> [Diagnostic] {
    var problems: [Diagnostic] = []
    if file.table.records.isEmpty {
      problems.append(
        Diagnostic(
          .warning, "no-tensors", at: file.source.name,
          "the file ends behind the vocabulary: it holds no weights"))
    }
    for name in file.table.unknown {
      problems.append(
        Diagnostic(
          .warning, "unknown-tensor", at: name.text,
          "a \(file.header.layout.name) model has no tensor of this name"))
    }
    return problems
  }
}
