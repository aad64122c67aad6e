package import WeighbridgeByteIO

/// A piece of an output that one worker writes at once.
package struct FileChunk: Hashable, Sendable {
  /// Its first byte's place in the file.
  package let offset: UInt64
  /// Its length.
  package let byteCount: Int
}

/// Remembers which chunks of a file are written, from one run to the next.
package protocol ChunkLedger: Sendable {
  /// What an earlier run noted of a chunk that is in the file; nil for one that must be written.
  func finished(_ chunk: FileChunk) -> FinishedChunk?
  /// Notes a chunk that has just been written.
  func finish(_ chunk: FileChunk, _ bytes: RawSpan, sums: ErrorSums?) throws(IOError)
}

/// What is noted of a chunk.
package struct FinishedChunk: Hashable, Sendable {
  /// The sums of its errors, where they were wanted.
  package let sums: ErrorSums?
}
