package import WeighbridgeByteIO
internal import WeighbridgeDigests
package import WeighbridgeJSON

/// A bundle that was opened: its documents are read and checked, its files listed.
///
/// Any OCI image layout with one ModelPack manifest in a tar will do, whoever wrote it. Files are
/// read in place; nothing is unpacked. See `unpack` and `verify` for what is done with all of it.
package final class BundleReader: Sendable {
  /// What to call it in a message.
  package let name: String
  /// The bytes of the bundle.
  package let byteCount: UInt64
  /// The files, sorted by path.
  package let files: [BundleFile]
  /// The digest under which registries know it, as `sha256:…`.
  package let manifestDigest: String
  /// The tag that it was packed with.
  package let reference: String?
  /// ModelPack's description of the model.
  package let configuration: JSONValue
  let manifest: BundleManifest
  let archive: BundleArchive
  let layers: [BundleLayer]
  let limits: BundleLimits

  /// Whether a file can be a bundle: a tar archive.
  package static func recognizes(_ prefix: [UInt8]) -> Bool {
    prefix.count >= 262 && prefix[257..<262].elementsEqual("ustar".utf8)
  }

  /// Opens a bundle.
  ///
  /// Reads the headers of the archive, the documents, and the first frame of each layer; a layer that
  /// is compressed without a seek table is decompressed whole to learn its files. Throws
  /// `notThisFormat` for other archives; `truncated`, `invalidValue`, `missingFile`, `duplicateName`,
  /// `digestMismatch`, `limitExceeded` for broken ones; `unsafePath` for paths that leave the bundle
  /// and for links; `unsupportedEncoding` for layers of other types.
  ///
  /// `predictions` has what files are predicted from that are stored as differences.
  package init(
    _ source: any ByteSource, limits: BundleLimits = .default,
    predictions: (any PredictionSources)? = nil
  ) throws(FormatError) {
    let archive = try BundleArchive(source, limits: limits)
    let manifest = try BundleManifest(archive, limits: limits)
    var layers: [BundleLayer] = []
    var opened: [String: BundleLayer] = [:]
    for (index, descriptor) in manifest.layers.enumerated() {
      layers.append(
        try BundleLayer(
          descriptor, diffID: manifest.diffIDs?[index], in: archive, limits: limits,
          predictions: predictions ?? NoPredictions(), sharing: &opened))
    }
    self.files = try Self.list(layers, in: source.name, limits: limits)
    self.name = source.name
    self.byteCount = source.byteCount
    self.limits = limits
    self.archive = archive
    self.manifest = manifest
    self.layers = layers
    manifestDigest = manifest.manifest.digest.reference
    reference = manifest.reference
    configuration = manifest.configuration
  }

  private static func list(
    _ layers: [BundleLayer], in name: String, limits: BundleLimits
  ) throws(FormatError) -> [BundleFile] {
    var files: [BundleFile] = []
    for (index, layer) in layers.enumerated() {
      let digest = try layer.fileDigest()?.reference
      for (place, entry) in layer.entries.enumerated() {
        files.append(
          BundleFile(
            path: entry.path.text, kind: layer.kind, byteCount: entry.extent.byteCount,
            storedByteCount: layer.entries.count == 1 ? layer.descriptor.byteCount : nil,
            mediaType: layer.descriptor.mediaType, packing: layer.packing, digest: digest,
            isSeekable: layer.contents != nil, isPredicted: layer.isPredicted, layer: index,
            entry: place))
      }
    }
    guard files.count <= limits.files else {
      throw FormatError(.limitExceeded, "more than \(limits.files) files", in: name)
    }
    if let conflict = BundlePath.conflict(in: layers.flatMap { $0.entries.map(\.path) }) {
      throw FormatError(conflict.code, conflict.message, in: name)
    }
    return files.sorted { ByteString($0.path) < ByteString($1.path) }
  }

  /// How all files are held, or nil where that differs.
  package var profile: BundleProfile? {
    switch Set(layers.map(\.packing)) {
    case [.raw]: .raw
    case [.tarZstd]: .zstd
    case [.zstd], [.planes], [.zstd, .planes]: .dense
    default: nil
    }
  }

  /// The digest of the files and their description, the same for every profile, as `sha256:…`; nil
  /// where the bundle does not tell it.
  ///
  /// A raw bundle is its own canonical form.
  package var identity: String? {
    manifest.identity?.reference ?? (profile == .raw ? manifestDigest : nil)
  }

  /// Opens a file for reading at any offset, from any thread.
  package func open(_ file: BundleFile) throws(FormatError) -> any ByteSource {
    let layer = layers[file.layer]
    let label = name + "#" + file.path
    guard let contents = layer.contents else {
      throw FormatError(
        .unsupportedEncoding,
        "the file is compressed as one stream, which cannot be read at random", in: label,
        hint: "unpack the bundle first")
    }
    guard
      let extent = layer.entries[file.entry].extent.slice(offset: 0, byteCount: file.byteCount),
      extent.end <= contents.byteCount
    else { throw FormatError(.truncated, "the layer ends inside the file", in: label) }
    return SliceSource(contents, extent, name: label)
  }
}
