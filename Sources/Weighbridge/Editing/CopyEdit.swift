internal import WeighbridgeByteIO
internal import WeighbridgeGGUF
internal import WeighbridgeModelIR
internal import WeighbridgeSafetensors

/// An edit that writes a copy: tensors stream through as they are.
package struct CopyEdit: Sendable {
  package let edit: ModelEdit
  package let resources: Resources
  /// Whether a file that is there is replaced.
  package let force: Bool
  /// Whether it is only looked at.
  package let isDry: Bool

  /// Prepares an edit.
  package init(_ edit: ModelEdit, resources: Resources, force: Bool, isDry: Bool) {
    self.edit = edit
    self.resources = resources
    self.force = force
    self.isDry = isDry
  }

  /// Writes the edited model to `output`: a file, the parts that the source has, or a folder.
  package func run(_ path: String, to output: String) throws -> EditOutcome {
    if DirectoryTree.isDirectory(path) {
      let model = try? ModelInput.open(path)
      if model?.origin.isGGUF != true {
        return try FolderEdit(edit, isDry: isDry).run(path, to: output, replacing: force)
      }
    }
    let model = try ModelInput.open(path)
    if model.origin.format == Safetensors.name, let file = model.origin.files.first {
      guard model.origin.files.count == 1 else {
        throw RequestError(
          message: "\(path): the parts of a split checkpoint are edited one by one, or as a folder")
      }
      return try SafetensorsEdit(edit, isDry: isDry).copy(
        ModelInput.source(file.path), to: output, replacing: force)
    }
    guard model.origin.isGGUF else {
      throw RequestError(
        message: "\(path) is \(model.origin.format); only GGUF and safetensors are edited",
        hint: "convert it first: weighbridge convert \(path) -o model.gguf")
    }
    return try copyGGUF(model, to: output)
  }

  private func copyGGUF(_ model: Model, to output: String) throws -> EditOutcome {
    let result = try edit.applied(to: model.metadata, tensors: model.tensors.map(\.name))
    var edited = model
    edited.metadata = result.metadata
    for index in edited.tensors.indices {
      if let name = result.names[edited.tensors[index].name] { edited.tensors[index].name = name }
    }
    let count = model.origin.files.count
    var parts = [(path: output, model: edited)]
    if count > 1 {
      let models = try GGUFSplit.plan(
        edited, files: edited.tensors.map { $0.location?.file ?? 0 }, count: count)
      let prefix =
        ShardName(output)?.prefix
        ?? (output.hasSuffix(".gguf") ? String(output.dropLast(5)) : output)
      let name = ShardName(prefix: prefix, index: 0, count: count)
      parts = models.enumerated().map { (name.part($0).name, $1) }
    }
    var outcome = EditOutcome(changes: result.changes)
    let byteOrder = model.origin.byteOrder
    if isDry {
      outcome.files = try parts.map { part in
        let stored = try GGUF.stored(part.model, in: byteOrder)
        let layout = try GGUF.layOut(stored, byteOrder: byteOrder)
        return .init(path: part.path, byteCount: layout.byteCount, written: 0)
      }
      return outcome
    }
    var writer = PlainWriter(resources: resources, force: force, activity: "editing")
    writer.byteOrder = byteOrder
    let sizes = try writer.write(parts, of: model, as: output)
    outcome.files = zip(parts, sizes).map { .init(path: $0.path, byteCount: $1, written: $1) }
    return outcome
  }
}
