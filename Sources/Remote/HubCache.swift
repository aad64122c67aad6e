internal import WeighbridgeByteIO
internal import WeighbridgeJSON

/// The local cache of the Hugging Face libraries, which is read and never written.
///
/// ```
/// models--owner--name/refs/main            the commit that `main` was
/// models--owner--name/snapshots/<commit>/  its files: links into blobs/
/// ```
struct HubCache {
  private let folder: String

  init(_ folder: String) { self.folder = folder }

  /// The commit of a revision, where it was looked up before.
  func commit(_ repository: HubRepository) -> String? {
    if HubRepository.isCommit(repository.revision) { return repository.revision }
    guard let source = try? FileSource(path: path(repository) + "/refs/" + repository.revision),
      source.byteCount <= 64, let bytes = try? source.readBytes(at: 0, count: Int(source.byteCount))
    else { return nil }
    let text = String(decoding: bytes.filter { $0 > 0x20 }, as: UTF8.self)
    return HubRepository.isCommit(text) ? text : nil
  }

  /// The files of a commit that are there, if any.
  func snapshot(_ repository: HubRepository, commit: String) -> DirectoryTree? {
    let path = path(repository) + "/snapshots/" + commit
    guard DirectoryTree.isDirectory(path), let tree = try? DirectoryTree(path: path),
      !tree.names.isEmpty
    else { return nil }
    return tree
  }

  private func path(_ repository: HubRepository) -> String {
    folder + "/models--\(repository.owner)--\(repository.model)"
  }

  /// Whether a snapshot has all that opening a model takes: `file` where one was named; else tensors,
  /// and of every index all the files that it names.
  static func isComplete(_ tree: any FileTree, file: String?) -> Bool {
    let names = Set(tree.names)
    if let file, !names.contains(file) { return false }
    let indexes = names.filter { $0.hasSuffix(".index.json") && (file == nil || $0 == file) }
    for index in indexes {
      guard let source = try? tree.open(index), let json = try? JSONValue.read(source),
        let map = json["weight_map"]?.object
      else { return false }
      for member in map.members {
        guard let name = member.value.text, names.contains(name) else { return false }
      }
    }
    let endings = [".safetensors", ".gguf", ".bin", ".pth", ".pt"]
    return file != nil || names.contains { name in endings.contains { name.hasSuffix($0) } }
  }
}
