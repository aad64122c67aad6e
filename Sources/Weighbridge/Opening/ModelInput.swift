package import WeighbridgeBundles
package import WeighbridgeByteIO
internal import WeighbridgeConversion
internal import WeighbridgeFormats
package import WeighbridgeModelIR
internal import WeighbridgeRemote

/// Opens what the user calls a model: a file, any shard, a folder, a bundle, or a bundle's member.
package enum ModelInput {
  /// Opens `path`; recognised by content.
  package static func open(_ path: String) throws -> Model {
    if let place = try BundlePlace(path) {
      let bundle = try reader(place.source)
      guard let member = place.member else { return try Formats.open(folder: tree(of: bundle)) }
      return try Formats.open(member, ofRepository: BundleTree(bundle))
    }
    if let location = try RemoteLocation(parsing: path) {
      let tree = try location.open()
      guard let file = location.file else { return try Formats.open(folder: tree) }
      return try Formats.open(file, ofRepository: tree)
    }
    return try Formats.open(path: resolved(path))
  }

  /// The file that `ollama://name[:tag]` stands for; other texts as they are.
  package static func resolved(_ path: String) throws -> String {
    guard path.hasPrefix(OllamaName.scheme) else { return path }
    let name = try OllamaName(String(path.dropFirst(OllamaName.scheme.count)))
    return try OllamaStore(path: OllamaName.store).model(name)
  }

  /// The files among which a bundle's model is found: of a model and what is quantized of it, the model.
  package static func tree(of bundle: BundleReader) -> BundleTree {
    let hasOwn = bundle.files.contains { $0.kind == .weight && !$0.isPredicted }
    return BundleTree(bundle, isComplete: !hasOwn)
  }

  /// Opens a bundle, with what its files are predicted from: other files in it, or bundles of `bases`.
  package static func reader(
    _ source: any ByteSource, bases: [String] = []
  ) throws(FormatError) -> BundleReader {
    try BundleReader(source, predictions: BundlePredictions(source, bases: bases))
  }

  /// Opens a model under GGUF's names and keys, whatever its container, for running it.
  ///
  /// A checkpoint is run as its configuration says, but for keys that are accepted.
  package static func openCanonical(
    _ path: String, accepting keys: Set<String> = [], as family: String? = nil
  ) throws -> (model: Model, opened: Model) {
    let opened = try open(path)
    return (try canonical(opened, accepting: keys, as: family), opened)
  }

  /// A model under GGUF's names and keys, for running it.
  package static func canonical(
    _ opened: Model, accepting keys: Set<String> = [], as family: String? = nil
  ) throws -> Model {
    var options = CanonicalOptions()
    options.familyName = opened.kind == .checkpoint ? family : nil
    options.purpose = .computation
    options.acceptedKeys = keys
    // A file of before GGUF is decoded from its own blocks, so that a comparison shows what converting costs.
    options.legacy.keepsBlocks = true
    var canonical = try CanonicalModel.make(opened, options)
    canonical.problems += try ConfigurationAudit.notes(on: canonical)
    return canonical
  }

  /// Opens a bundle; anything else is an error that says what was expected.
  package static func requiredBundle(
    _ path: String, bases: [String] = []
  ) throws -> BundleReader {
    guard let place = try BundlePlace(path), place.member == nil else {
      throw FormatError(
        .notThisFormat, "not a bundle", in: path, at: 0,
        hint: "a bundle is a tar that 'weighbridge pack' or an OCI tool has written")
    }
    return try reader(place.source, bases: bases)
  }

  /// The bundle at `path`; nil for other files, for folders, and for a bundle's member.
  package static func bundleIfNamed(_ path: String) throws -> BundleReader? {
    guard let place = try BundlePlace(path), place.member == nil else { return nil }
    return try reader(place.source)
  }

  /// The bytes of one of a model's files: on disk, remote, or a bundle's member.
  package static func source(_ path: String) throws(FormatError) -> any ByteSource {
    let tree: any FileTree
    let name: String
    if let place = try BundlePlace(path), let member = place.member {
      (tree, name) = (BundleTree(try reader(place.source)), member)
    } else if let location = try RemoteLocation(parsing: path), let file = location.file {
      (tree, name) = (try location.open(), file)
    } else {
      let file = SingleFileTree(path: path)
      (tree, name) = (file, file.names[0])
    }
    do { return try tree.open(name) } catch { throw FormatError(error) }
  }

  /// A short name for tables: the last part of the path.
  package static func shortName(_ path: String) -> String {
    let trimmed = path.hasSuffix("/") ? String(path.dropLast()) : path
    return trimmed.split(separator: "/").last.map(String.init) ?? path
  }
}
