/// What a reader allows a bundle to ask for.
package struct BundleLimits: Hashable, Sendable {
  /// Bytes of one JSON document: the index, the manifest or the configuration.
  package var documentBytes: UInt64
  /// Files in a bundle, and layers in its manifest.
  package var files: Int
  /// Headers in one tar archive: files, directories and pax headers.
  package var tarHeaders: Int
  /// Bytes of one pax or long-name header.
  package var tarHeaderBytes: UInt64
  /// Bytes of content in one zstd frame that is read at random.
  package var frameBytes: Int
  /// Frames in all seek tables.
  package var frames: Int
  /// How many bytes a layer without a declared size may expand to for each byte of it.
  package var expansion: UInt64

  /// The defaults: documents of 16 MiB, 100,000 files, frames of 64 MiB, 2²¹ frames (2 TiB in frames of
  /// 1 MiB), a thousandfold expansion.
  package init(
    documentBytes: UInt64 = 16 << 20, files: Int = 100_000, tarHeaders: Int = 400_000,
    tarHeaderBytes: UInt64 = 1 << 20, frameBytes: Int = 64 << 20, frames: Int = 1 << 21,
    expansion: UInt64 = 1000
  ) {
    self.documentBytes = documentBytes
    self.files = files
    self.tarHeaders = tarHeaders
    self.tarHeaderBytes = tarHeaderBytes
    self.frameBytes = frameBytes
    self.frames = frames
    self.expansion = expansion
  }

  /// Limits for bundles of unknown origin.
  package static let `default` = BundleLimits()
}
