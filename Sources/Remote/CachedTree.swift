internal import WeighbridgeByteIO

/// A snapshot of the local cache under the model's own name.
///
/// The folder is called like the commit, and what is made of a model can depend on its name: the same
/// location gives the same bytes from the cache and from the network.
struct CachedTree: FileTree {
  /// `hf://owner/name@revision`, as `HubTree` is called.
  let name: String
  private let folder: DirectoryTree

  init(_ folder: DirectoryTree, of repository: HubRepository) {
    self.folder = folder
    self.name = repository.description
  }

  /// Relative paths of all files, sorted by bytes.
  var names: [String] { folder.names }

  /// Opens a file; see `FileTree`.
  func open(_ name: String) throws(IOError) -> any ByteSource { try folder.open(name) }
}
