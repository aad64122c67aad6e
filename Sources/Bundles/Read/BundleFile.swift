/// A file in a bundle.
public struct BundleFile: Hashable, Sendable {
  /// Its path in the bundle.
  public let path: String
  /// What it is.
  public let kind: BundleFileKind
  /// Its bytes.
  public let byteCount: UInt64
  /// The bytes of its layer; nil where the layer holds other files as well.
  public let storedByteCount: UInt64?
  /// The media type of its layer.
  public let mediaType: String
  /// How its layer holds it.
  public let packing: LayerPacking
  /// The SHA-256 that the bundle announces for it, as `sha256:…`.
  public let digest: String?
  /// Whether it can be read at any offset without unpacking.
  public let isSeekable: Bool
  let layer: Int
  let entry: Int
}
