public import ByteIO
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

  /// Divides sums by counts.
  public init(_ sums: ImportanceSums) {
    path = sums.path
    entries = sums.entries.map { entry in
      Entry(name: entry.name, values: entry.means(ofEmptyParts: sums.isLegacy ? nil : 1))
    }
    datasets = sums.datasets
    chunkCount = sums.chunkCount
    chunkSize = sums.chunkSize
    problems = sums.problems
    var places: [ByteString: Int] = [:]
    for (index, entry) in entries.enumerated() { places[entry.name] = index }
    self.places = places
  }

  /// Reads the newer format; see `ImportanceSums`.
  public init(_ model: Model, path: String) throws(ConversionError) {
    self.init(try ImportanceSums(model, path: path))
  }

  /// Reads the older format (`.dat`); see `ImportanceSums`.
  public init(
    legacy source: any ByteSource, path: String, limits: ReadLimits = .default
  ) throws(ConversionError) {
    self.init(try ImportanceSums(legacy: source, path: path, limits: limits))
  }

  /// The weights of a tensor.
  public func values(of name: ByteString) -> [Float]? { places[name].map { entries[$0].values } }
}
