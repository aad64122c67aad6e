package import WeighbridgeByteIO
internal import WeighbridgeCheckpoints
internal import WeighbridgeGGUF
internal import WeighbridgeLegacyGGML
package import WeighbridgeModelIR
internal import WeighbridgeSafetensors
internal import WeighbridgeTorchArchives

/// All containers, and the one way to open a model.
///
/// A new container is a target of its own and a line in `all`.
package enum Formats {
  /// Every container, in the order in which they are tried.
  package static let all: [any ModelFormat.Type] = [
    GGUF.self,
    // Before safetensors: the two have indexes of the same form, and this one looks closer.
    TorchArchives.self,
    Safetensors.self,
    LegacyGGML.self,
  ]

  /// Bytes from the start of a file by which its format is recognised.
  static let prefixBytes = 4096

  /// Opens a model: a file, any part of a split one, or a folder.
  ///
  /// The content decides, never the name. Headers only are read. Of a folder with several models the
  /// error names the files to choose from. `companions` of the result is the folder, where a
  /// `config.json` or `params.json` is beside the tensors.
  package static func open(
    path: String, limits: ReadLimits = .default
  ) throws(FormatError) -> Model {
    var path = path
    while path.count > 1, path.hasSuffix("/") { path.removeLast() }
    if DirectoryTree.isDirectory(path) {
      let tree: DirectoryTree
      do { tree = try DirectoryTree(path: path) } catch { throw FormatError(error) }
      for name in tree.names where Self.isEditable(name) { try settle(path + "/" + name) }
      tree.protect()
      return try open(folder: tree, limits: limits)
    }
    try settle(path)
    if let shard = ShardName(path), shard.index > 0 { try settle(shard.part(0).name) }
    let tree = SingleFileTree(path: path)
    guard let file = tree.names.first else { preconditionFailure("a path names a file") }
    var model = try open(file, in: tree, limits: limits)
    if model.kind == .tensors, model.companions == nil, let folder = folder(of: path) {
      model.place(among: folder)
    }
    return model
  }

  /// Files that are edited in place.
  private static func isEditable(_ name: String) -> Bool {
    name.hasSuffix(".gguf") || name.hasSuffix(".safetensors")
  }

  /// Finishes an edit that was killed, so that nobody reads half a header.
  private static func settle(_ path: String) throws(FormatError) {
    do { try InPlaceChange.settle(path) } catch { throw FormatError(error) }
  }

  /// Opens the one model in a tree of files: a folder, or the content of a bundle.
  package static func open(
    folder tree: any FileTree, limits: ReadLimits = .default
  ) throws(FormatError) -> Model {
    let choice = try FolderChoice(tree)
    var model = try open(choice.file, in: tree, limits: limits)
    if let stale = choice.stale { model.problems.append(stale) }
    if model.companions == nil { model.place(among: tree) }
    return model
  }

  /// Opens a file of a tree that may be a checkpoint's: a repository, or the content of a bundle.
  package static func open(
    _ file: String, ofRepository tree: any FileTree, limits: ReadLimits = .default
  ) throws(FormatError) -> Model {
    var model = try open(file, in: tree, limits: limits)
    if model.kind == .tensors, Checkpoint.isIn(tree.names) { model.place(among: tree) }
    return model
  }

  /// Opens a file of a tree.
  package static func open(
    _ file: String, in tree: any FileTree, limits: ReadLimits = .default
  ) throws(FormatError) -> Model {
    let source: any ByteSource
    let prefix: [UInt8]
    do {
      source = try tree.open(file)
      prefix = try source.readPrefix(prefixBytes)
    } catch { throw FormatError(error) }
    guard let format = format(of: prefix, in: source) else {
      let kind = ForeignFile(prefix)
      throw FormatError(
        .notThisFormat, "this is \(kind.description), not a model", in: source.name,
        hint: kind.hint)
    }
    return try format.open(file, in: tree, limits: limits)
  }

  /// The format of a file, by its first bytes.
  static func format(
    of prefix: [UInt8], in source: any ByteSource
  ) -> (any ModelFormat.Type)? {
    all.first { $0.recognizes(prefix, in: source) }
  }

  /// The folder of a file, where it is the folder of a checkpoint.
  private static func folder(of path: String) -> (any FileTree)? {
    let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    guard let tree = try? DirectoryTree(path: folder.isEmpty ? "/" : folder),
      Checkpoint.isIn(tree.names) || tree.names.contains("adapter_config.json")
    else { return nil }
    return tree
  }
}
