internal import Synchronization
internal import WeighbridgeByteIO
internal import WeighbridgeJSON

/// The files of a model on the Hub, at the commit that its revision was when the tree was opened.
///
/// A file that the local cache has at that commit is read there; any other by range requests.
final class HubTree: FileTree {
  /// `hf://owner/name@revision`.
  let name: String
  /// Relative paths of all files, sorted by bytes.
  let names: [String]

  private let base: HTTPAddress
  private let client: HTTPClient
  private let cached: DirectoryTree?
  private let opened = Mutex<[String: any ByteSource]>([:])

  /// Bytes of the Hub's answer that are taken.
  private static let answerBytes = 8 << 20

  /// Asks the Hub for the commit and the list of files.
  init(_ repository: HubRepository, settings: RemoteSettings) throws(FormatError) {
    guard let endpoint = HTTPAddress(settings.endpoint) else {
      throw FormatError(
        .invalidValue, "HF_ENDPOINT is not an http or https URL", in: repository.description)
    }
    let client = HTTPClient(settings)
    let model = [repository.owner, repository.model]
    // A slash within a revision is escaped, so that it is one part of the path.
    let revision = repository.revision.split(separator: "/").joined(separator: "%2F")
    let question = endpoint.appending(["api", "models"] + model + ["revision"])
      .appending(escaped: revision)
    let answer: [UInt8]
    do { answer = try client.document(question, limit: Self.answerBytes) } catch {
      throw FormatError(
        IOError(.open, path: repository.description, reason: error.reason + " (\(error.path))"))
    }
    let json: JSONValue
    do { json = try JSONValue.parse(answer) } catch {
      throw error.formatError(in: question.displayName)
    }
    let commit = json["sha"]?.text
    guard let commit, HubRepository.isCommit(commit), let files = json["siblings"]?.array else {
      throw FormatError(
        .invalidValue, "the answer is not that of a Hub: no commit, or no list of files",
        in: question.displayName)
    }
    var names: [String] = []
    for file in files {
      guard let path = file["rfilename"]?.string?.validatedText, HubRepository.isFilePath(path)
      else {
        throw FormatError(
          .unsafePath, "the list of files has a path that leaves the model's folder",
          in: question.displayName)
      }
      names.append(path)
    }
    self.name = repository.description
    self.names = names.sorted { ByteString($0) < ByteString($1) }
    self.base = endpoint.appending(model + ["resolve", commit])
    self.client = client
    self.cached = settings.cacheFolder.flatMap {
      HubCache($0).snapshot(repository, commit: commit)
    }
  }

  /// Opens a file; see `FileTree`.
  func open(_ name: String) throws(IOError) -> any ByteSource {
    if let source = opened.withLock({ $0[name] }) { return source }
    guard HubRepository.isFilePath(name), names.contains(name) else {
      throw IOError(.open, path: self.name + "/" + name, reason: "not among the model's files")
    }
    let source: any ByteSource
    if let cached, cached.names.contains(name) {
      source = try cached.open(name)
    } else {
      source = try HTTPSource(base.appending([name]), client)
    }
    opened.withLock { $0[name] = source }
    return source
  }
}

/// One file behind a URL, with the files beside it within reach.
///
/// A server gives no list, so the names of a checkpoint's other files are tried when the list is asked
/// for: none but two requests where there is no configuration.
final class URLTree: FileTree {
  /// The URL, without its query.
  let name: String

  private let file: String
  private let address: HTTPAddress
  private let client: HTTPClient
  private let opened = Mutex<[String: any ByteSource]>([:])
  private let listed = Mutex<[String]?>(nil)

  /// Endings of files that have a configuration beside them.
  private static let endings = [".safetensors", ".index.json", ".bin", ".pt", ".pth"]
  private static let configurations = ["config.json", "params.json"]
  private static let companions = [
    "README.md", "added_tokens.json", "chat_template.jinja", "chat_template.json",
    "generation_config.json", "merges.txt", "modules.json", "special_tokens_map.json",
    "tokenizer.json", "tokenizer.model", "tokenizer_config.json", "vocab.json", "vocab.txt",
  ]

  /// Nothing is asked yet.
  init(_ address: HTTPAddress, file: String, settings: RemoteSettings) {
    self.address = address
    self.file = file
    self.client = HTTPClient(settings)
    self.name = address.displayName
  }

  /// The file, and for a checkpoint's tensors what lies beside them.
  var names: [String] {
    if let names = listed.withLock({ $0 }) { return names }
    var names = [file]
    if Self.endings.contains(where: file.hasSuffix) {
      let found = Self.configurations.filter(isThere)
      names += found.isEmpty ? [] : found + Self.companions.filter(isThere)
    }
    listed.withLock { $0 = names }
    return names
  }

  /// False only where the server says so: what it fails to send is an error for whoever reads it.
  private func isThere(_ name: String) -> Bool {
    if (try? open(name)) != nil { return true }
    return !client.wasRefused(address.sibling(name))
  }

  /// Opens the file or a sibling of it.
  func open(_ name: String) throws(IOError) -> any ByteSource {
    if let source = opened.withLock({ $0[name] }) { return source }
    guard HubRepository.isFilePath(name) else {
      throw IOError(.open, path: name, reason: "not a file beside \(self.name)")
    }
    let source = try HTTPSource(name == file ? address : address.sibling(name), client)
    opened.withLock { $0[name] = source }
    return source
  }
}
