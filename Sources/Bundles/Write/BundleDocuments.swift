internal import WeighbridgeByteIO
internal import WeighbridgeDigests
internal import WeighbridgeJSON

/// The JSON documents of a bundle, from its files.
struct BundleDocuments {
  let configuration: [UInt8]
  let manifest: [UInt8]
  let index: [UInt8]

  static let layout = Array(#"{"imageLayoutVersion":"1.0.0"}"#.utf8)
  static let layoutPath = "oci-layout"
  static let indexPath = "index.json"

  /// Writes them for layers in manifest order.
  init(
    layers: [Descriptor], diffIDs: [Digest], description: BundleDescription, reference: String,
    identity: Digest?, isDense: Bool
  ) {
    let types = MediaType.documents(isDense: isDense)
    configuration = CanonicalJSON.encode(description.configuration(diffIDs: diffIDs))
    manifest = Self.manifest(
      configuration: Descriptor(types.configuration, of: configuration), layers: layers,
      identity: identity, artifactType: types.artifact)
    var entry = Descriptor(MediaType.manifest, of: manifest, artifactType: types.artifact)
    entry.annotations = [(Annotation.reference, reference)]
    index = CanonicalJSON.encode([
      "schemaVersion": 2, "mediaType": .init(MediaType.index), "manifests": [entry.json],
    ])
  }

  /// A manifest; without an identity of its own it is the canonical one.
  static func manifest(
    configuration: Descriptor, layers: [Descriptor], identity: Digest?,
    artifactType: String = MediaType.model
  ) -> [UInt8] {
    var object = JSONObject()
    object["schemaVersion"] = 2
    object["mediaType"] = JSONValue(MediaType.manifest)
    object["artifactType"] = JSONValue(artifactType)
    object["config"] = configuration.json
    object["layers"] = .array(layers.map(\.json))
    if let identity {
      object["annotations"] = Descriptor.json([(Annotation.identity, identity.reference)])
    }
    return CanonicalJSON.encode(.object(object))
  }

  /// The identity of files, sorted by path, and their configuration: the digest of the manifest
  /// that the raw profile has, which holds nothing about compression.
  static func identity(
    files: [FileRecord], digests: [Digest], configuration: JSONValue
  ) -> Digest {
    SHA256.hash(raw(files: files, digests: digests, configuration: configuration).manifest)
  }

  /// The manifest and the configuration of the profile `raw`.
  static func raw(
    files: [FileRecord], digests: [Digest], configuration: JSONValue
  ) -> (manifest: [UInt8], configuration: [UInt8]) {
    let layers = zip(files, digests).map { file, digest in
      Descriptor(
        file: file, packing: .raw, digest: digest, byteCount: file.byteCount, fileDigest: nil)
    }
    var object = configuration.object ?? JSONObject()
    object["modelfs"] = BundleDescription.layers(digests)
    let bytes = CanonicalJSON.encode(.object(object))
    let manifest = manifest(
      configuration: Descriptor(MediaType.modelConfig, of: bytes), layers: layers, identity: nil)
    return (manifest, bytes)
  }
}
