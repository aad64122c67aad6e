internal import Glibc
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
    if let location = try RemoteLocation(parsing: path) {
      let tree = try location.open()
      guard let file = location.file else { return try Formats.open(folder: tree) }
      return try Formats.open(file, ofRepository: tree)
    }
    if let (bundle, member) = memberPath(path) {
      return try Formats.open(
        member, ofRepository: BundleTree(try reader(FileSource(path: bundle))))
    }
    if let bundle = try self.bundle(path) { return try Formats.open(folder: BundleTree(bundle)) }
    return try Formats.open(path: path)
  }

  /// The bundle at `path`, or nil where something else is there.
  package static func bundle(_ path: String, bases: [String] = []) throws -> BundleReader? {
    guard !DirectoryTree.isDirectory(path) else { return nil }
    let source = try FileSource(path: path)
    guard BundleReader.recognizes(try source.readPrefix(512)) else { return nil }
    return try reader(source, bases: bases)
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
    guard let bundle = try bundle(path, bases: bases) else {
      throw FormatError(
        .notThisFormat, "not a bundle", in: path, at: 0,
        hint: "a bundle is a tar that 'weighbridge pack' or an OCI tool has written")
    }
    return bundle
  }

  /// The bundle at `path`; nil for other files, for folders, and for a bundle's member.
  package static func bundleIfNamed(_ path: String) throws -> BundleReader? {
    guard try RemoteLocation(parsing: path) == nil, memberPath(path) == nil else { return nil }
    return try bundle(path)
  }

  /// The bytes of one of a model's files: on disk, remote, or a bundle's member.
  package static func source(_ path: String) throws(FormatError) -> any ByteSource {
    let tree: any FileTree
    let name: String
    if let location = try RemoteLocation(parsing: path), let file = location.file {
      (tree, name) = (try location.open(), file)
    } else if let (bundle, member) = memberPath(path) {
      let file: FileSource
      do { file = try FileSource(path: bundle) } catch { throw FormatError(error) }
      (tree, name) = (BundleTree(try reader(file)), member)
    } else {
      let file = SingleFileTree(path: path)
      (tree, name) = (file, file.names[0])
    }
    do { return try tree.open(name) } catch { throw FormatError(error) }
  }

  /// `bundle#member` in its parts, where no file has the whole for its name.
  private static func memberPath(_ path: String) -> (bundle: String, member: String)? {
    guard let mark = path.lastIndex(of: "#"), unsafe access(path, F_OK) != 0 else { return nil }
    let bundle = String(path[..<mark])
    guard unsafe access(bundle, F_OK) == 0 else { return nil }
    return (bundle, String(path[path.index(after: mark)...]))
  }

  /// A short name for tables: the last part of the path.
  package static func shortName(_ path: String) -> String {
    let trimmed = path.hasSuffix("/") ? String(path.dropLast()) : path
    return trimmed.split(separator: "/").last.map(String.init) ?? path
  }
}
