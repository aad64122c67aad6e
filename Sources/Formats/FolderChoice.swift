internal import WeighbridgeByteIO
internal import WeighbridgeCheckpoints
internal import WeighbridgeGGUF
internal import WeighbridgeModelIR
internal import WeighbridgeSafetensors
internal import WeighbridgeTorchArchives

/// Which file of a folder is the model.
struct FolderChoice {
  /// The name of the file to open; the other parts of a split model are found by it.
  let file: String

  /// Looks at the files at the top of a folder.
  ///
  /// An index of shards comes first, then the tensors of a checkpoint, then the only model there is.
  init(_ tree: any FileTree) throws(FormatError) {
    let names = tree.names.filter { !$0.utf8.contains(UInt8(ascii: "/")) }
    let indexes = names.filter { $0.hasSuffix(".safetensors.index.json") }
    if indexes.contains("model.safetensors.index.json") {
      self.file = "model.safetensors.index.json"
      return
    }
    if let only = indexes.first, indexes.count == 1 {
      self.file = only
      return
    }
    if names.contains("model.safetensors") {
      self.file = "model.safetensors"
      return
    }
    var models = Self.models(names, in: tree)
    let tensors = models.filter { $0.format == Safetensors.name }
    // Any file may hold tensors; the one with the usual ending is the checkpoint's.
    let usual = tensors.filter { $0.name.hasSuffix(".safetensors") }
    if Checkpoint.isIn(names), let only = usual.first ?? tensors.first,
      usual.count == 1 || tensors.count == 1
    {
      self.file = only.name
      return
    }
    // PyTorch's files beside others are the same tensors again, or an optimizer's.
    let others = models.filter { $0.format != TorchArchives.name }
    if !others.isEmpty {
      models = others
    } else if let main = TorchArchives.mainFile(among: names),
      main.hasSuffix(".json") || models.contains(where: { $0.name == main })
    {
      self.file = main
      return
    }
    guard let only = models.first else { throw Self.nothing(names, in: tree) }
    guard models.count == 1 else {
      let listed = models.prefix(5).map(\.name).joined(separator: ", ")
      throw FormatError(
        .notThisFormat,
        "\(models.count) models are in this folder: \(listed)\(models.count > 5 ? ", …" : "")",
        in: tree.name, hint: "give the path of one of the files")
    }
    self.file = only.name
  }

  /// The files that a format recognises; of a split one the first part that is there.
  private static func models(
    _ names: [String], in tree: any FileTree
  ) -> [(name: String, format: String)] {
    var models: [(name: String, format: String)] = []
    var splits = Set<String>()
    for name in names where !name.hasSuffix(".json") {
      guard let source = try? tree.open(name),
        let prefix = try? source.readPrefix(Formats.prefixBytes),
        let format = Formats.format(of: prefix, in: source)
      else { continue }
      let series =
        ShardName(name).map { "\($0.prefix) \($0.count)" } ?? Safetensors.series(of: name)
      if let series, !splits.insert("\(format.name) \(series)").inserted { continue }
      models.append((name, format.name))
    }
    return models
  }

  private static func nothing(_ names: [String], in tree: any FileTree) -> FormatError {
    let endings = [".safetensors", ".gguf", ".bin", ".pt", ".pth", ".ckpt"]
    for name in names where endings.contains(where: { name.hasSuffix($0) }) {
      guard let source = try? tree.open(name),
        let prefix = try? source.readPrefix(Formats.prefixBytes)
      else { continue }
      let kind = ForeignFile(prefix)
      return FormatError(
        .notThisFormat, "\(name) is \(kind.description), and no other model is in this folder",
        in: tree.name, hint: kind.hint)
    }
    return FormatError(
      .notThisFormat, "no model is in this folder", in: tree.name,
      hint: "give a GGUF or safetensors file, or a folder that holds one")
  }
}
