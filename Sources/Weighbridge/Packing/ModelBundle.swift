package import WeighbridgeBundles
internal import WeighbridgeByteIO
internal import WeighbridgeFormats
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

/// Models and their files in one file that registries understand: an OCI image layout in a tar.
public struct ModelBundle: Sendable {
  /// A file in a bundle.
  public struct File: Hashable, Sendable {
    /// Its path in the bundle.
    public let path: String
    /// What it is, as bundles sort their files: `weight`, `config`, `doc`.
    public let kind: String
    /// Its bytes.
    public let bytes: UInt64
    /// The bytes of its layer; nil where the layer holds other files as well.
    public let storedBytes: UInt64?
    /// The media type of its layer.
    public let mediaType: String
    /// Its SHA-256, as `sha256:…`; nil where the bundle does not tell it.
    public let digest: String?
    /// Whether it can be read at any offset without unpacking.
    public let isSeekable: Bool
    /// Whether it is stored as what differs from other files, from which it is computed.
    public let isPredicted: Bool

    init(_ file: BundleFile) {
      path = file.path
      kind = file.kind.rawValue
      (bytes, storedBytes) = (file.byteCount, file.storedByteCount)
      mediaType = file.mediaType
      digest = file.digest
      isSeekable = file.isSeekable
      isPredicted = file.isPredicted
    }
  }

  /// What a check of every digest found.
  public struct Verification: Hashable, Sendable {
    /// Something that is wrong.
    public struct Problem: Hashable, Sendable {
      /// A stable name for programs: `digest-mismatch`.
      public let code: String
      /// The file or the part of the bundle.
      public let place: String
      /// What was expected and what was found.
      public let message: String
      /// Where in it, in bytes, if that is known.
      public let offset: UInt64?
      /// All of it in one line.
      public let description: String
    }

    /// What is wrong, layer by layer; empty where all is well.
    public let problems: [Problem]
    /// The digest of each file that could be read, in the order of ``ModelBundle/files``.
    public let digests: [String?]
    /// Bytes that were read.
    public let bytes: UInt64
    /// Whether nothing is wrong.
    public var isSound: Bool { problems.isEmpty }
  }

  /// How files are held.
  public enum Profile: String, Hashable, Sendable, CaseIterable {
    /// As they are.
    case raw
    /// Each in zstd frames.
    case zstd
    /// Tensors in planes, each in zstd frames.
    case dense
  }

  package let reader: BundleReader
  /// What was noticed while packing: limits of registries that the bundle exceeds.
  public let diagnostics: [Diagnostic]

  package init(_ reader: BundleReader, _ diagnostics: [Diagnostic] = []) {
    self.reader = reader
    self.diagnostics = diagnostics
  }

  /// Opens a bundle; `bases` are bundles that it may be stored as a difference from.
  public init(_ location: String, bases: [String] = []) throws(WeighbridgeError) {
    self.init(try publicly { try ModelInput.requiredBundle(location, bases: bases) })
  }

  /// The files, sorted by path.
  public var files: [File] { reader.files.map { File($0) } }
  /// The bytes of the bundle.
  public var bytes: UInt64 { reader.byteCount }
  /// How files are held; nil where layers differ in it.
  public var profile: Profile? { reader.profile.flatMap { Profile(rawValue: $0.rawValue) } }
  /// The digest under which registries know it.
  public var manifestDigest: String { reader.manifestDigest }
  /// The digest of the files and their description, whatever the profile; nil where it is not told.
  public var identity: String? { reader.identity }

  /// The one model in it, read in place.
  public func model() throws(WeighbridgeError) -> OpenedModel {
    try publicly {
      OpenedModel(try Formats.open(folder: ModelInput.tree(of: reader)), at: reader.name)
    }
  }

  /// Checks every digest without writing anything; a damaged file does not end the check.
  ///
  /// Of files that are stored as what differs from others only what is stored is checked, unless the
  /// check `isDeep`: then each is made again.
  public func verify(
    isDeep: Bool = false, using resources: Resources = Resources()
  ) -> Verification {
    let found = reader.verify(
      workers: resources.threads, isDeep: isDeep, progress: resources.progress)
    return Verification(
      problems: found.problems.map {
        .init(
          code: $0.code.rawValue, place: $0.source, message: $0.message, offset: $0.offset,
          description: $0.description)
      }, digests: found.digests, bytes: found.byteCount)
  }

  /// Writes the files into a folder, each checked against its digest first; those that were written.
  ///
  /// `only` are patterns, of which a path must match one; a pattern without `/` is for the last
  /// component. With `type` it is the model of that type, as `Q4_K_M`. A folder that does not exist
  /// appears whole or not at all.
  @discardableResult
  public func unpack(
    to folder: String, only: [String] = [], type: String? = nil, replaces: Bool = false,
    resumes: Bool = false, using resources: Resources = Resources()
  ) throws(WeighbridgeError) -> [File] {
    try publicly {
      var options = UnpackOptions()
      options.resumes = resumes
      options.only = only
      if let type { options.paths = Set(try LadderRungs(reader).paths(ofType: type)) }
      options.replaces = replaces
      options.workers = resources.threads
      return try reader.unpack(to: folder, options: options, progress: resources.progress)
        .map { File($0) }
    }
  }

  /// Packs models, folders and files that belong to them into a new bundle, and opens it.
  ///
  /// The same files and the same profile make the same bytes on every machine.
  @discardableResult
  public static func pack(
    _ paths: [String], to output: String, profile: Profile = .dense, tag: String = "latest",
    licenses: [String] = [], replaces: Bool = false, using resources: Resources = Resources()
  ) throws(WeighbridgeError) -> ModelBundle {
    try pack(
      PackRequest(
        paths: paths, output: output, profile: profile, tag: tag, licenses: licenses,
        replaces: replaces), using: resources)
  }

  /// Packs what a request asks for into a new bundle, and opens it.
  @discardableResult
  public static func pack(
    _ request: PackRequest, using resources: Resources = Resources()
  ) throws(WeighbridgeError) -> ModelBundle {
    try publicly {
      var options = PackOptions()
      options.profile = request.profile.held
      options.reference = request.tag
      options.replaces = request.replaces
      options.workers = resources.threads
      let attestation = try request.attestation.map {
        try TextOutput($0, replacing: request.replaces)
      }
      let selection = try PackSelection(request)
      var description = selection.description
      if !request.licenses.isEmpty { description.licenses = request.licenses }
      let summary = try BundleWriter.pack(
        selection.inputs, description: description, to: request.output, options: options,
        progress: resources.progress)
      let bundle = ModelBundle(
        try ModelInput.requiredBundle(
          request.output, bases: request.base.map { [$0] } ?? []),
        summary.warnings.map { Diagnostic(.warning, "registry-limit", at: request.output, $0) })
      let statement = try attestation.map { _ in
        try Attestation(request, bundle, made: selection.made)
      }
      if let attestation, let statement { try attestation.write(statement.json.text() + "\n") }
      return bundle
    }
  }
}
