package import WeighbridgeByteIO

/// A model that is not on this machine, or that a Hugging Face library has fetched before.
///
/// - `https://host/path/model.gguf`: one file by range requests, its siblings within reach.
/// - `http://…`: the same, to this machine only unless the settings allow more.
/// - `hf://owner/name[@revision][/file]`: a model of the Hugging Face Hub, from the local cache if it
///   is there, else by range requests. URLs of the Hub's pages and files mean the same.
package struct RemoteLocation: Sendable, CustomStringConvertible {
  private enum Place {
    case url(HTTPAddress)
    case hub(HubRepository)
  }

  private let place: Place
  /// The file to open in the tree; nil where the location is a whole model.
  package let file: String?
  private let settings: RemoteSettings

  /// Takes a text apart; nil where it is no remote location but a path.
  ///
  /// Nothing is read or asked. The error says what is wrong with a text that begins as one.
  package init?(
    parsing text: String, settings: RemoteSettings = .environment
  ) throws(FormatError) {
    let lower = text.prefix(8).lowercased()
    self.settings = settings
    if lower.hasPrefix("hf://") {
      (self.place, self.file) = try Self.hub(text)
    } else if lower.hasPrefix("https://") || lower.hasPrefix("http://") {
      (self.place, self.file) = try Self.url(text, settings)
    } else {
      return nil
    }
  }

  /// What to call it in a message: no secret of a URL is shown.
  package var description: String {
    switch place {
    case .url(let address): address.displayName
    case .hub(let repository): repository.description + (file.map { "/" + $0 } ?? "")
    }
  }

  /// Opens the tree of files: reads the local cache or asks the server for a list.
  ///
  /// Files are opened, and read, only as they are asked for. The tree can be used from any thread.
  package func open() throws(FormatError) -> any FileTree {
    switch place {
    case .url(let address):
      if settings.isOffline { throw offline() }
      return URLTree(address, file: file ?? "", settings: settings)
    case .hub(let repository):
      if let folder = settings.cacheFolder {
        let cache = HubCache(folder)
        if let commit = cache.commit(repository),
          let tree = cache.snapshot(repository, commit: commit),
          settings.isOffline || HubCache.isComplete(tree, file: file)
        {
          return CachedTree(tree, of: repository)
        }
      }
      if settings.isOffline { throw offline() }
      return try HubTree(repository, settings: settings)
    }
  }

  private func offline() -> FormatError {
    FormatError(
      .missingFile, "not in the local cache, and HF_HUB_OFFLINE is set", in: description)
  }

  private static func hub(_ text: String) throws(FormatError) -> (Place, String?) {
    let parts = text.dropFirst(5).split(
      separator: "/", maxSplits: 2, omittingEmptySubsequences: false)
    func fault() -> FormatError {
      FormatError(
        .invalidValue, "not a model of the Hub", in: text,
        hint: "hf://owner/name, hf://owner/name@revision or hf://owner/name/file")
    }
    guard parts.count >= 2 else { throw fault() }
    let name = parts[1].prefix { $0 != "@" }
    let revision = parts[1].dropFirst(name.count)
    guard revision.isEmpty || revision.count > 1,
      let plain = HTTPAddress.unescape(revision.isEmpty ? "main" : revision.dropFirst()),
      let repository = HubRepository(owner: String(parts[0]), model: String(name), revision: plain)
    else { throw fault() }
    let file = parts.count > 2 && !parts[2].isEmpty ? String(parts[2]) : nil
    if let file, !HubRepository.isFilePath(file) { throw fault() }
    return (.hub(repository), file)
  }

  private static func url(
    _ text: String, _ settings: RemoteSettings
  ) throws(FormatError) -> (Place, String?) {
    guard let address = HTTPAddress(text) else {
      // The text is not shown: it may hold a password.
      throw FormatError(
        .invalidValue, "not a URL of a file",
        in: text.hasPrefix("https") ? "https://…" : "http://…",
        hint: "no user and password (HF_TOKEN is for the token), special characters as %20")
    }
    if address.origin == HTTPAddress(settings.endpoint)?.origin, let found = page(address) {
      return found
    }
    guard let file = address.fileName, HubRepository.isFilePath(file), !file.contains("/") else {
      throw FormatError(
        .invalidValue, "the URL is that of a folder", in: address.displayName,
        hint: "give the URL of a file; the shards beside it are found")
    }
    return (.url(address), file)
  }

  /// A page of the Hub: `/owner/name`, `/owner/name/tree/revision`, and `/blob/` or `/resolve/` with a
  /// file.
  private static func page(_ address: HTTPAddress) -> (Place, String?)? {
    let parts = address.path.split(separator: "/").compactMap { HTTPAddress.unescape($0) }
    guard parts.count >= 2, parts[0] != "api" else { return nil }
    let kind = parts.count > 2 ? parts[2] : "tree"
    let revision = parts.count > 3 ? parts[3] : "main"
    let file = parts.count > 4 ? parts[4...].joined(separator: "/") : nil
    guard ["tree", "blob", "resolve"].contains(kind), kind == "tree" || file != nil,
      file.map({ HubRepository.isFilePath($0) }) ?? true,
      let repository = HubRepository(owner: parts[0], model: parts[1], revision: revision)
    else { return nil }
    return (.hub(repository), kind == "tree" ? nil : file)
  }
}
