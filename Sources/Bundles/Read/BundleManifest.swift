internal import WeighbridgeByteIO
internal import WeighbridgeDigests
internal import WeighbridgeJSON

/// The documents of a bundle, read: what its layers are.
struct BundleManifest {
  let manifest: Descriptor
  let configuration: JSONValue
  let layers: [Descriptor]
  /// One a layer; nil where the configuration has none.
  let diffIDs: [Digest]?
  let reference: String?
  let identity: Digest?

  /// Reads `oci-layout`, the index, the manifest and the configuration; the latter two are checked
  /// against their digests.
  init(_ archive: BundleArchive, limits: BundleLimits) throws(FormatError) {
    let documents = Documents(archive: archive, limits: limits)
    try documents.checkLayout()
    let entry = try documents.indexEntry()
    let manifest = try documents.blob(entry)
    let fault = documents.fault(in: "the manifest")
    if let type = manifest["mediaType"]?.text, type != MediaType.manifest {
      throw fault(.unsupportedVersion, "is of type '\(type)'")
    }
    guard manifest["schemaVersion"]?.integer == 2 else {
      throw fault(.unsupportedVersion, "has no schemaVersion 2")
    }
    guard let value = manifest["config"], let elements = manifest["layers"]?.array else {
      throw fault(.invalidValue, "has no config or no layers")
    }
    let configuration = try Descriptor(value, fault: fault)
    let artifactTypes = [MediaType.model, MediaType.denseModel]
    guard
      artifactTypes.contains(manifest["artifactType"]?.text ?? "")
        || [MediaType.modelConfig, MediaType.denseConfig].contains(configuration.mediaType)
    else {
      throw fault(
        .notThisFormat,
        "describes '\(manifest["artifactType"]?.text ?? configuration.mediaType)', not a model")
    }
    guard !elements.isEmpty, elements.count <= limits.files else {
      throw fault(
        .limitExceeded, "has \(elements.count) layers; 1 to \(limits.files) are allowed")
    }
    var layers: [Descriptor] = []
    for element in elements { layers.append(try Descriptor(element, fault: fault)) }
    self.manifest = entry
    self.layers = layers
    self.configuration = try documents.blob(configuration)
    self.diffIDs = try Self.diffIDs(
      self.configuration, count: layers.count, fault: documents.fault(in: "the configuration"))
    self.reference = entry.annotation(Annotation.reference)
    self.identity = try Self.identity(manifest, fault: fault)
  }

  private static func identity(
    _ manifest: JSONValue, fault: (FormatError.Code, String) -> FormatError
  ) throws(FormatError) -> Digest? {
    guard let value = manifest["annotations"]?[ByteString(Annotation.identity)] else { return nil }
    guard let digest = value.text.flatMap({ Digest(reference: $0) }) else {
      throw fault(.invalidValue, "has an identity that is not a SHA-256")
    }
    return digest
  }

  /// The contents' digests.
  ///
  /// A configuration without `modelfs` is accepted: there are packers that write none (BND-33).
  private static func diffIDs(
    _ configuration: JSONValue, count: Int, fault: (FormatError.Code, String) -> FormatError
  ) throws(FormatError) -> [Digest]? {
    guard let layers = configuration["modelfs"] else { return nil }
    guard layers["type"]?.text == "layers", let values = layers["diffIds"]?.array,
      values.count == count
    else { throw fault(.invalidValue, "does not have one diffId for each of \(count) layers") }
    var digests: [Digest] = []
    for value in values {
      guard let digest = value.text.flatMap({ Digest(reference: $0) }) else {
        throw fault(.invalidValue, "has a diffId that is not a SHA-256")
      }
      digests.append(digest)
    }
    return digests
  }
}

/// Reads and checks single documents.
private struct Documents {
  let archive: BundleArchive
  let limits: BundleLimits

  /// Makes errors about a document.
  func fault(in document: String) -> (FormatError.Code, String) -> FormatError {
    let name = archive.source.name
    return { FormatError($0, "\(document): \($1)", in: name) }
  }

  private func parse(_ bytes: [UInt8], _ what: String) throws(FormatError) -> JSONValue {
    do { return try JSONValue.parse(bytes, depth: 32) } catch {
      throw error.formatError(in: archive.source.name + ": " + what)
    }
  }

  func checkLayout() throws(FormatError) {
    guard archive[BundleDocuments.layoutPath] != nil else {
      throw FormatError(
        .notThisFormat, "a tar archive without 'oci-layout': not a bundle",
        in: archive.source.name)
    }
    let layout = try parse(
      archive.document(BundleDocuments.layoutPath, limits: limits), BundleDocuments.layoutPath)
    guard let version = layout["imageLayoutVersion"]?.text, version.hasPrefix("1.") else {
      throw fault(in: BundleDocuments.layoutPath)(
        .unsupportedVersion, "imageLayoutVersion is not 1.x")
    }
  }

  /// The one manifest that the index names.
  func indexEntry() throws(FormatError) -> Descriptor {
    let index = try parse(
      archive.document(BundleDocuments.indexPath, limits: limits), BundleDocuments.indexPath)
    let fault = fault(in: BundleDocuments.indexPath)
    if let type = index["mediaType"]?.text, type != MediaType.index {
      throw fault(.unsupportedVersion, "is of type '\(type)'")
    }
    guard index["schemaVersion"]?.integer == 2 else {
      throw fault(.unsupportedVersion, "has no schemaVersion 2")
    }
    guard let manifests = index["manifests"]?.array, manifests.count == 1 else {
      throw fault(
        .invalidValue,
        "names \(index["manifests"]?.array?.count ?? 0) manifests; a bundle has exactly one")
    }
    let entry = try Descriptor(manifests[0], fault: fault)
    guard entry.mediaType == MediaType.manifest else {
      throw fault(.unsupportedVersion, "names a manifest of type '\(entry.mediaType)'")
    }
    return entry
  }

  /// A JSON blob whose size and digest are those of its descriptor.
  func blob(_ descriptor: Descriptor) throws(FormatError) -> JSONValue {
    let bytes = try archive.document(descriptor.path, limits: limits)
    guard UInt64(bytes.count) == descriptor.byteCount, SHA256.hash(bytes) == descriptor.digest
    else {
      throw FormatError(
        .digestMismatch,
        "'\(descriptor.path)' has the digest \(SHA256.hash(bytes).reference) and \(bytes.count) "
          + "bytes; \(descriptor.byteCount) bytes are announced", in: archive.source.name,
        at: archive[descriptor.path]?.contentOffset)
    }
    return try parse(bytes, descriptor.path)
  }
}
