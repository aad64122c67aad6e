/// The media types of OCI and ModelPack that a bundle is made of.
enum MediaType {
  static let index = "application/vnd.oci.image.index.v1+json"
  static let manifest = "application/vnd.oci.image.manifest.v1+json"
  static let model = "application/vnd.cncf.model.manifest.v1+json"
  static let modelConfig = "application/vnd.cncf.model.config.v1+json"
  private static let layerPrefix = "application/vnd.cncf.model."

  /// The type of a layer.
  static func layer(_ kind: BundleFileKind, _ packing: LayerPacking) -> String {
    layerPrefix + kind.rawValue + ".v1." + packing.rawValue
  }

  /// What a layer's type says; nil where it is none of ModelPack's.
  static func parse(_ text: String) -> (kind: BundleFileKind, packing: LayerPacking)? {
    for kind in BundleFileKind.allCases {
      for packing in LayerPacking.allCases where layer(kind, packing) == text {
        return (kind, packing)
      }
    }
    return nil
  }
}

/// How a layer holds its files.
package enum LayerPacking: String, CaseIterable, Hashable, Sendable {
  /// The layer is the file.
  case raw
  /// An archive.
  case tar
  /// A compressed archive, which is not read here.
  case tarGzip = "tar+gzip"
  /// A compressed archive.
  case tarZstd = "tar+zstd"
}

/// The keys of annotations.
enum Annotation {
  static let path = "org.cncf.model.filepath"
  static let metadata = "org.cncf.model.file.metadata+json"
  static let untested = "org.cncf.model.file.mediatype.untested"
  static let title = "org.opencontainers.image.title"
  static let reference = "org.opencontainers.image.ref.name"
  /// The digest of a file in a compressed layer.
  static let fileDigest = "weighbridge.file.digest"
  /// The digest of the canonical raw manifest, in the manifest of every other profile.
  static let identity = "weighbridge.bundle.identity"
}
