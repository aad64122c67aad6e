/// What a reader allows a file to ask for.
///
/// Every one is an argument, so a caller with other needs says so; the defaults are far above real
/// models and far below what would hurt.
package struct ReadLimits: Hashable, Sendable {
  /// Bytes of a header that is held in memory (safetensors' JSON, a configuration file).
  package var headerBytes: UInt64
  /// Tensors in one file.
  package var tensors: UInt64
  /// Entries of metadata.
  package var metadataEntries: UInt64
  /// Bytes of one string.
  package var stringBytes: UInt64
  /// Elements of one metadata array.
  package var arrayElements: UInt64
  /// Files of one model.
  package var files: Int
  /// Nesting of JSON or of arrays.
  package var depth: Int

  /// The defaults: headers of 100 MB as in the reference implementation of safetensors, a million
  /// tensors, strings of 1 GiB and arrays of 2³⁰ elements as in ggml.
  package init(
    headerBytes: UInt64 = 100_000_000, tensors: UInt64 = 1 << 20,
    metadataEntries: UInt64 = 1 << 20, stringBytes: UInt64 = 1 << 30,
    arrayElements: UInt64 = 1 << 30, files: Int = 100_000, depth: Int = 64
  ) {
    self.headerBytes = headerBytes
    self.tensors = tensors
    self.metadataEntries = metadataEntries
    self.stringBytes = stringBytes
    self.arrayElements = arrayElements
    self.files = files
    self.depth = depth
  }

  /// Limits for files of unknown origin.
  package static let `default` = ReadLimits()
}
