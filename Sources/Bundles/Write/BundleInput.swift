package import WeighbridgeByteIO

/// A file to pack.
package struct BundleInput: Sendable {
  /// Its path in the bundle, with `/` between folders.
  package var path: String
  /// Its bytes; they are read once.
  package var source: any ByteSource
  /// What it is; nil to tell from its bytes and name.
  package var kind: BundleFileKind?
  /// The tensors in it, as far as they are known: what the profile `dense` takes apart.
  package var tensors: [BundleTensor]
  /// Whether the kind, where it is given, is more than a guess.
  package var isKindCertain = true
  /// The digest that its bytes must have, as `sha256:…`.
  package var expected: String?

  /// Names a file and its bytes.
  package init(
    path: String, source: any ByteSource, kind: BundleFileKind? = nil,
    tensors: [BundleTensor] = []
  ) {
    self.path = path
    self.source = source
    self.kind = kind
    self.tensors = tensors
  }

  /// All files of a folder, each under `prefix` in the bundle.
  package static func files(
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
package enum BundleProfile: String, CaseIterable, Hashable, Sendable {
  /// As they are: every program that knows ModelPack reads them, and tensors can be mapped in place.
  case raw
  /// Each in an archive of zstd frames: `zstd -d | tar x` reads them.
  case zstd
  /// Tensors in planes, each in zstd frames: the smallest, for files that stay with this library.
  case dense
}

/// How to pack.
package struct PackOptions: Sendable {
  /// How files are held.
  package var profile = BundleProfile.dense
  /// The name under which registries know the bundle: a tag.
  package var reference = "latest"
  /// Whether an existing file may be replaced.
  package var replaces = false
  /// How many threads compress; the bytes are the same for any number.
  package var workers = 1
  /// The zstd level for weights, which hardly gain from a higher one.
  package var weightLevel = 1
  /// The zstd level for all other files.
  package var sideLevel = 19

  /// The defaults.
  package init() {}
}

/// What was packed.
package struct BundleSummary: Hashable, Sendable {
  /// One file.
  package struct File: Hashable, Sendable {
    /// Its path in the bundle.
    package let path: String
    /// What it is.
    package let kind: BundleFileKind
    /// Its bytes.
    package let byteCount: UInt64
    /// The bytes of its layer.
    package let storedByteCount: UInt64
    /// The SHA-256 of its bytes, as `sha256:…`.
    package let digest: String
  }

  /// The files, sorted by path.
  package let files: [File]
  /// How they are held.
  package let profile: BundleProfile
  /// The bytes of the bundle.
  package let byteCount: UInt64
  /// The digest under which a registry will know the bundle.
  package let manifestDigest: String
  /// The digest of the files and their description, the same for every profile.
  package let identity: String
  /// What to know before uploading: layers that some registries refuse.
  package let warnings: [String]
}

/// A file to pack whose path and kind are settled.
struct PlannedFile {
  let record: FileRecord
  let source: any ByteSource
  let tensors: [BundleTensor]
  let expected: String?

  /// How a profile holds it.
  func packing(_ profile: BundleProfile) -> LayerPacking {
    switch profile {
    case .raw: .raw
    case .zstd: .tarZstd
    case .dense: record.kind == .weight ? .planes : .zstd
    }
  }

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
            isKindCertain: input.kind != nil ? input.isKindCertain : found.isCertain,
            byteCount: input.source.byteCount), source: input.source,
          tensors: input.tensors, expected: input.expected))
    }
    if let conflict = BundlePath.conflict(in: files.map(\.record.path)) {
      throw FormatError(conflict.code, conflict.message, in: "bundle")
    }
    return files.sorted { ByteString($0.record.path.text) < ByteString($1.record.path.text) }
  }
}
