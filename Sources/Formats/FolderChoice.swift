internal import WeighbridgeBundles
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
  /// An index that names other files and was passed over.
  private(set) var stale: Diagnostic?

  /// Looks at the files at the top of a folder.
  ///
  /// A checkpoint's one file comes first, as in transformers, then an index of shards, then the tensors
  /// of a checkpoint by another name, then the only model there is.
  init(_ tree: any FileTree) throws(FormatError) {
    let names = tree.names.filter { !$0.utf8.contains(UInt8(ascii: "/")) }
    if names.contains("model.safetensors") {
      self.file = "model.safetensors"
      stale = try Self.stale("model.safetensors.index.json", beside: file, in: tree)
      return
    }
    let indexes = names.filter { $0.hasSuffix(".safetensors.index.json") }
    if indexes.contains("model.safetensors.index.json") {
      self.file = "model.safetensors.index.json"
      return
    }
    if let only = indexes.first, indexes.count == 1 {
      self.file = only
      return
    }
    var models = try Self.models(names, in: tree)
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
      stale = try Self.stale(main + ".index.json", beside: main, in: tree)
      return
    }
    guard let only = models.first else { throw Self.nothing(names, in: tree) }
    guard models.count == 1 else {
      let listed = models.prefix(5).map(\.name).joined(separator: ", ")
      let isBundle = tree is BundleTree
      throw FormatError(
        .notThisFormat,
        "\(models.count) models are in this \(isBundle ? "bundle" : "folder"): "
          + "\(listed)\(models.count > 5 ? ", …" : "")",
        in: tree.name,
        hint: isBundle
          ? "name one of them: \(tree.name)#\(only.name)"
          : "name one of them: \(tree.name)\(tree.name.hasSuffix("/") ? "" : "/")\(only.name)")
    }
    self.file = only.name
  }

  /// What to say of an index that is passed over: nothing where there is none, or it names the file.
  private static func stale(
    _ index: String, beside file: String, in tree: any FileTree
  ) throws(FormatError) -> Diagnostic? {
    guard let source = try tree.openIfPresent(index) else { return nil }
    if let map = try? WeightMap(source, limits: .default), map.files.contains(file) { return nil }
    return Diagnostic(
      .warning, "stale-index", at: source.name,
      "it does not name \(file), which was read without it, as transformers does",
      hint: "remove whichever of the two is left from an earlier state")
  }

  /// Endings of files that hold models.
  private static let endings = [".safetensors", ".gguf", ".bin", ".pt", ".pth", ".ckpt"]

  /// The files that a format recognises; of a split one the first part that is there.
  ///
  /// A file that cannot be read is passed over only where its name is not a model's.
  private static func models(
    _ names: [String], in tree: any FileTree
  ) throws(FormatError) -> [(name: String, format: String)] {
    var models: [(name: String, format: String)] = []
    var splits = Set<String>()
    for name in names where !name.hasSuffix(".json") {
      let source: any ByteSource
      let prefix: [UInt8]
      do throws(IOError) {
        source = try tree.open(name)
        prefix = try source.readPrefix(Formats.prefixBytes)
      } catch {
        if endings.contains(where: { name.hasSuffix($0) }) { throw FormatError(error) }
        continue
      }
      guard let format = Formats.format(of: prefix, in: source) else { continue }
      let series =
        ShardName(name).map { "\($0.prefix) \($0.count)" } ?? ShardNumber(name)?.series
      if let series, !splits.insert("\(format.name) \(series)").inserted { continue }
      models.append((name, format.name))
    }
    return models
  }

  private static func nothing(_ names: [String], in tree: any FileTree) -> FormatError {
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
