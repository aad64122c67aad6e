package import WeighbridgeByteIO

/// A container of models.
///
/// Recognised by its bytes, never by the file's name.
package protocol ModelFormat: Sendable {
  /// What to call it.
  static var name: String { get }
  /// Whether the first bytes of a file (up to 4,096) are those of this format.
  static func recognizes(_ prefix: [UInt8], in source: any ByteSource) -> Bool
  /// Reads headers only and proves every size, name and offset in them.
  ///
  /// `file` is the name within `tree` of the file that was recognised; its siblings are there for the
  /// other parts of a split model.
  static func open(
    _ file: String, in tree: any FileTree, limits: ReadLimits
  ) throws(FormatError) -> Model
}

/// A container that can be written.
package protocol WritableModelFormat: ModelFormat {
  /// Lays a model out: header bytes and the place of every payload. Pure: reads no payload.
  static func layOut(_ model: Model) throws(ModelError) -> FileLayout
}

/// A file before its payloads are written: everything else about it is known.
package struct FileLayout: Sendable {
  /// The first bytes of the file.
  package let header: [UInt8]
  /// Offset of each tensor's payload from the file's start, in the order of the tensors.
  package let payloadOffsets: [UInt64]
  /// The size of the whole file.
  ///
  /// What no payload covers is zero.
  package let byteCount: UInt64

  /// Describes a file.
  package init(header: [UInt8], payloadOffsets: [UInt64], byteCount: UInt64) {
    self.header = header
    self.payloadOffsets = payloadOffsets
    self.byteCount = byteCount
  }
}
