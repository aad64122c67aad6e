public import ByteIO
internal import Encodings
public import ModelIR

/// The mean squares of all activations, as `llama-imatrix` collects them.
///
/// Weights are those that llama.cpp uses: an expert that saw no data weighs all its columns alike.
public struct ImportanceMatrix: Sendable {
  /// The weights of one tensor.
  public struct Entry: Hashable, Sendable {
    /// The tensor's GGUF name.
    public let name: ByteString
    /// One weight for each column, expert after expert.
    public let values: [Float]
  }

  /// The file it was read from, as the user named it.
  public let path: String
  /// One entry a tensor, sorted by name.
  public let entries: [Entry]
  /// The texts it was computed on.
  public let datasets: [ByteString]
  /// The number of windows of text it was computed on; 0 where the file does not say.
  public let chunkCount: Int
  /// Tokens of one window; 0 where the file does not say.
  public let chunkSize: Int
  /// What is doubtful about it.
  public let problems: [Problem]
  private let places: [ByteString: Int]

  init(
    path: String, entries: [Entry], datasets: [ByteString], chunkCount: Int, chunkSize: Int,
    problems: [Problem]
  ) throws(ConversionError) {
    guard !entries.isEmpty else {
      throw .model(ModelError(.missingTensor, path, "the importance matrix has no entries"))
    }
    for entry in entries {
      if let index = EncodingRegistry.firstNonFinite(in: entry.values.span) {
        throw .model(
          ModelError(
            .nonFiniteValue, path, "the weight of '\(entry.name)', column \(index), is not finite"))
      }
    }
    self.path = path
    self.entries = entries.sorted { $0.name < $1.name }
    self.datasets = datasets
    self.chunkCount = chunkCount
    self.chunkSize = chunkSize
    self.problems = problems
    var places: [ByteString: Int] = [:]
    for (index, entry) in self.entries.enumerated() { places[entry.name] = index }
    self.places = places
  }

  /// The weights of a tensor.
  public func values(of name: ByteString) -> [Float]? { places[name].map { entries[$0].values } }
}
