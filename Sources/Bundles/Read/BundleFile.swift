/// A file in a bundle.
package struct BundleFile: Hashable, Sendable {
  /// Its path in the bundle.
  package let path: String
  /// What it is.
  package let kind: BundleFileKind
  /// Its bytes.
  package let byteCount: UInt64
  /// The bytes of its layer; nil where the layer holds other files as well.
  package let storedByteCount: UInt64?
  /// The media type of its layer.
  package let mediaType: String
  /// How its layer holds it.
  package let packing: LayerPacking
  /// The SHA-256 that the bundle announces for it, as `sha256:…`.
  package let digest: String?
  /// Whether it can be read at any offset without unpacking.
  package let isSeekable: Bool
  /// Whether it is stored as what differs from other files.
  package let isPredicted: Bool
  let layer: Int
  let entry: Int
}
