/// The media types of OCI, of ModelPack and of this library that a bundle is made of.
enum MediaType {
  static let index = "application/vnd.oci.image.index.v1+json"
  static let manifest = "application/vnd.oci.image.manifest.v1+json"
  static let model = "application/vnd.cncf.model.manifest.v1+json"
  static let modelConfig = "application/vnd.cncf.model.config.v1+json"
  /// A bundle whose layers nobody else reads must not look like one of ModelPack's: there are programs
  /// that would save them as the model.
  static let denseModel = "application/vnd.weighbridge.bundle.manifest.v1+json"
  static let denseConfig = "application/vnd.weighbridge.bundle.config.v1+json"

  /// The types of a manifest and of its configuration.
  static func documents(isDense: Bool) -> (artifact: String, configuration: String) {
    isDense ? (denseModel, denseConfig) : (model, modelConfig)
  }

  /// The type of a layer.
  static func layer(_ kind: BundleFileKind, _ packing: LayerPacking) -> String {
    (packing.isDense ? "application/vnd.weighbridge.bundle." : "application/vnd.cncf.model.")
      + kind.rawValue + ".v1." + packing.rawValue
  }

  /// What a layer's type says; nil where it is none of these.
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
  /// The file, in zstd frames.
  case zstd = "file+zstd"
  /// The file, taken apart into planes, each in zstd frames.
  case planes = "planes+zstd"

  /// Whether it is a form of this library alone.
  var isDense: Bool { self == .zstd || self == .planes }
  /// Whether the layer is an archive, which may hold many files.
  var isArchive: Bool { self == .tar || self == .tarGzip || self == .tarZstd }
  /// Whether the layer is made of zstd frames.
  var isCompressed: Bool { isDense || self == .tarZstd }
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
  /// The digest of the table of contents at the end of a layer of planes.
  static let contents = "weighbridge.contents.digest"
}
