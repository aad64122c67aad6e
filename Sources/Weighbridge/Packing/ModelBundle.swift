package import WeighbridgeBundles
internal import WeighbridgeByteIO
internal import WeighbridgeFormats
internal import WeighbridgeModelIR

/// Models and their files in one file that registries understand: an OCI image layout in a tar.
public struct ModelBundle: Sendable {
  /// A file in a bundle.
  public struct File: Hashable, Sendable {
    /// Its path in the bundle.
    public let path: String
    /// Its bytes.
    public let bytes: UInt64
    /// Its SHA-256, as `sha256:…`; nil where the bundle does not tell it.
    public let digest: String?
  }

  /// How files are held.
  public enum Profile: String, Hashable, Sendable, CaseIterable {
    /// As they are.
    case raw
    /// Each in zstd frames.
    case zstd
  }

  package let reader: BundleReader

  package init(_ reader: BundleReader) { self.reader = reader }

  /// Opens a bundle.
  public init(_ location: String) throws(WeighbridgeError) {
    self.init(try publicly { try ModelInput.requiredBundle(location) })
  }

  /// The files, sorted by path.
  public var files: [File] {
    reader.files.map { File(path: $0.path, bytes: $0.byteCount, digest: $0.digest) }
  }
  /// The digest under which registries know it.
  public var manifestDigest: String { reader.manifestDigest }
  /// The digest of the files and their description, whatever the profile; nil where it is not told.
  public var identity: String? { reader.identity }

  /// The one model in it, read in place.
  public func model() throws(WeighbridgeError) -> OpenedModel {
    try publicly {
      OpenedModel(try Formats.open(folder: BundleTree(reader)), at: reader.name)
    }
  }

  /// Checks every digest; what is wrong, each with its file.
  public func verify(using resources: Resources = Resources()) -> [Diagnostic] {
    reader.verify(workers: resources.threads, progress: resources.progress).problems.map {
      Diagnostic(.error, $0.code.rawValue, at: $0.source, $0.message, hint: $0.hint)
    }
  }

  /// Writes the files into a folder, each checked against its digest first; those that were written.
  ///
  /// `only` are patterns, of which a path must match one; a pattern without `/` is for the last
  /// component. A folder that does not exist appears whole or not at all.
  @discardableResult
  public func unpack(
    to folder: String, only: [String] = [], replaces: Bool = false,
    using resources: Resources = Resources()
  ) throws(WeighbridgeError) -> [File] {
    try publicly {
      var options = UnpackOptions()
      options.only = only
      options.replaces = replaces
      options.workers = resources.threads
      return try reader.unpack(to: folder, options: options, progress: resources.progress).map {
        File(path: $0.path, bytes: $0.byteCount, digest: $0.digest)
      }
    }
  }

  /// Packs models, folders and files that belong to them into a new bundle, and opens it.
  ///
  /// The same files and the same profile make the same bytes on every machine.
  public static func pack(
    _ paths: [String], to output: String, profile: Profile = .zstd, tag: String = "latest",
    licenses: [String] = [], replaces: Bool = false, using resources: Resources = Resources()
  ) throws(WeighbridgeError) -> ModelBundle {
    try publicly {
      var options = PackOptions()
      options.profile = profile == .raw ? .raw : .zstd
      options.reference = tag
      options.replaces = replaces
      options.workers = resources.threads
      var selection = PackSelection()
      for path in paths { try selection.add(path, isOnly: paths.count == 1) }
      var description = selection.description
      if !licenses.isEmpty { description.licenses = licenses }
      let summary = try BundleWriter.pack(
        selection.inputs, description: description, to: output, options: options,
        progress: resources.progress)
      for warning in summary.warnings {
        resources.observer?.noticed(Diagnostic(.warning, "registry-limit", at: output, warning))
      }
      return ModelBundle(try ModelInput.requiredBundle(output))
    }
  }
}
