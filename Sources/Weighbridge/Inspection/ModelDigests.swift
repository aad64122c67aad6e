internal import WeighbridgeByteIO
internal import WeighbridgeDigests

/// The SHA-256 of each tensor, of each file, and of the content, in hexadecimal digits.
public struct ModelDigests: Hashable, Sendable {
  /// A name and its digest.
  public struct Entry: Hashable, Sendable {
    /// The tensor's name, or the file's path.
    public let name: String
    /// The digest.
    public let sha256: String
  }

  /// Of the tensors' bytes, in the order of the file.
  public let tensors: [Entry]
  /// Of the files.
  public let files: [Entry]
  /// Of names, encodings, shapes, bytes and metadata, sorted by name: the same in any container.
  public let content: String
}

extension OpenedModel {
  /// Reads every byte and computes the digests.
  public func digests(
    using resources: Resources = Resources()
  ) throws(WeighbridgeError) -> ModelDigests {
    try publicly {
      let hashes = try ModelHashes(
        model, workers: resources.threads, progress: resources.progress)
      return ModelDigests(
        tensors: hashes.tensors.map { .init(name: $0.name.text, sha256: $0.digest.hexadecimal) },
        files: hashes.files.map { .init(name: $0.path, sha256: $0.digest.hexadecimal) },
        content: hashes.content.hexadecimal)
    }
  }
}
