internal import WeighbridgeByteIO
internal import WeighbridgeModelIR

/// One file of tensors, in either of PyTorch's two archives.
struct TorchFile {
  let source: any ByteSource
  /// The version of the archive as the file gives it.
  let version: String
  let byteOrder: ByteOrder
  let tensors: [Tensor]
  let problems: [Diagnostic]

  /// Reads an archive; `number` is the file's index in the model's origin.
  init(
    _ source: any ByteSource, prefix: [UInt8], number: Int, limits: ReadLimits
  ) throws(FormatError) {
    let content =
      ArchiveKind(prefix) == .zip
      ? try ArchiveContent(zip: source, limits: limits)
      : try ArchiveContent(legacy: source, limits: limits)
    let state = try StateDictionary(content.root, content.heap, in: source.name, limits: limits)
    let view = TensorView(source: source, byteOrder: content.byteOrder)
    var tensors: [Tensor] = []
    for (name, place) in state.tensors {
      let reference = content.heap.tensors[place]
      let (payload, offset) = try view.payload(
        reference, in: try content.extent(reference.storage), named: name)
      tensors.append(
        Tensor(
          name: name, payload: payload,
          location: offset.map { TensorLocation(file: number, offset: $0) }))
    }
    var problems = content.problems
    if !state.leftOut.isEmpty {
      let shown = state.leftOut.prefix(8).map { PickleMachine.display($0) }.joined(separator: ", ")
      problems.append(
        Diagnostic(
          .note, "beside-the-model", at: source.name,
          "left out what is beside the model: \(shown)\(state.leftOut.count > 8 ? ", …" : "")"))
    }
    if tensors.isEmpty {
      problems.append(
        Diagnostic(.warning, "no-tensors", at: source.name, "the archive holds no tensors"))
    }
    self.source = source
    self.version = content.version
    self.byteOrder = content.byteOrder
    self.tensors = tensors
    self.problems = problems
  }

  /// What the model's origin says of the file.
  var originFile: ModelOrigin.File {
    ModelOrigin.File(path: source.name, byteCount: source.byteCount)
  }
}
