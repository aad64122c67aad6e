public import ByteIO

/// A file to pack.
public struct BundleInput: Sendable {
  /// Its path in the bundle, with `/` between folders.
  public var path: String
  /// Its bytes; they are read once.
  public var source: any ByteSource
  /// What it is; nil to tell from its bytes and name.
  public var kind: BundleFileKind?

  /// Names a file and its bytes.
  public init(path: String, source: any ByteSource, kind: BundleFileKind? = nil) {
    self.path = path
    self.source = source
    self.kind = kind
  }

  /// All files of a folder, each under `prefix` in the bundle.
  public static func files(
    of tree: any FileTree, under prefix: String = ""
  ) throws(IOError) -> [BundleInput] {
    var inputs: [BundleInput] = []
    for name in tree.names {
      inputs.append(BundleInput(path: prefix + name, source: try tree.open(name)))
    }
    return inputs
  }
}

/// How a bundle holds its files.
public enum BundleProfile: String, CaseIterable, Hashable, Sendable {
  /// As they are: every program that knows ModelPack reads them, and tensors can be mapped in place.
  case raw
  /// Each in an archive of zstd frames: `zstd -d | tar x` reads them.
  case zstd
}

/// How to pack.
public struct PackOptions: Sendable {
  /// How files are held.
  public var profile = BundleProfile.zstd
  /// The name under which registries know the bundle: a tag.
  public var reference = "latest"
  /// Whether an existing file may be replaced.
  public var replaces = false
  /// How many threads compress; the bytes are the same for any number.
  public var workers = 1
  /// The zstd level for weights, which hardly gain from a higher one.
  public var weightLevel = 1
  /// The zstd level for all other files.
  public var sideLevel = 19

  /// The defaults.
  public init() {}
}

/// What was packed.
public struct BundleSummary: Hashable, Sendable {
  /// One file.
  public struct File: Hashable, Sendable {
    /// Its path in the bundle.
    public let path: String
    /// What it is.
    public let kind: BundleFileKind
    /// Its bytes.
    public let byteCount: UInt64
    /// The bytes of its layer.
    public let storedByteCount: UInt64
    /// The SHA-256 of its bytes, as `sha256:…`.
    public let digest: String
  }

  /// The files, sorted by path.
  public let files: [File]
  /// How they are held.
  public let profile: BundleProfile
  /// The bytes of the bundle.
  public let byteCount: UInt64
  /// The digest under which a registry will know the bundle.
  public let manifestDigest: String
  /// The digest of the files and their description, the same for every profile.
  public let identity: String
  /// What to know before uploading: layers that some registries refuse.
  public let warnings: [String]
}

/// A file to pack whose path and kind are settled.
struct PlannedFile {
  let record: FileRecord
  let source: any ByteSource

  /// Settles paths and kinds, and sorts by path.
  static func plan(_ inputs: [BundleInput]) throws(FormatError) -> [PlannedFile] {
    guard !inputs.isEmpty else {
      throw FormatError(.invalidValue, "no files to pack", in: "bundle")
    }
    var files: [PlannedFile] = []
    for input in inputs {
      let path: BundlePath
      do { path = try BundlePath(ByteString(input.path)) } catch {
        throw FormatError(error.code, error.message, in: input.source.name)
      }
      let prefix: [UInt8]
      do { prefix = try input.source.readPrefix(16) } catch { throw FormatError(error) }
      let found = BundleFileKind.classify(
        path, prefix: prefix, byteCount: input.source.byteCount)
      files.append(
        PlannedFile(
          record: FileRecord(
            path: path, kind: input.kind ?? found.kind,
            isKindCertain: input.kind != nil || found.isCertain,
            byteCount: input.source.byteCount), source: input.source))
    }
    if let conflict = BundlePath.conflict(in: files.map(\.record.path)) {
      throw FormatError(conflict.code, conflict.message, in: "bundle")
    }
    return files.sorted { ByteString($0.record.path.text) < ByteString($1.record.path.text) }
  }
}
