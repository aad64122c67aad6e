package import WeighbridgeByteIO
package import WeighbridgeModelIR

/// The mean squares of all activations, as `llama-imatrix` collects them.
///
/// Weights are those that llama.cpp uses: an expert that saw no data weighs all its columns alike.
package struct ImportanceMatrix: Sendable {
  /// The weights of one tensor.
  package struct Entry: Hashable, Sendable {
    /// The tensor's GGUF name.
    package let name: ByteString
    /// One weight for each column, expert after expert.
    package let values: [Float]
  }

  /// The file it was read from, as the user named it.
  package let path: String
  /// One entry a tensor, sorted by name.
  package let entries: [Entry]
  /// The texts it was computed on.
  package let datasets: [ByteString]
  /// The number of windows of text it was computed on; 0 where the file does not say.
  package let chunkCount: Int
  /// Tokens of one window; 0 where the file does not say.
  package let chunkSize: Int
  /// What is doubtful about it.
  package let problems: [Diagnostic]
  private let places: [ByteString: Int]

  /// Divides sums by counts.
  package init(_ sums: ImportanceSums) {
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
  package init(_ model: Model, path: String) throws(ConversionError) {
    self.init(try ImportanceSums(model, path: path))
  }

  /// Reads the older format (`.dat`); see `ImportanceSums`.
  package init(
    legacy source: any ByteSource, path: String, limits: ReadLimits = .default
  ) throws(ConversionError) {
    self.init(try ImportanceSums(legacy: source, path: path, limits: limits))
  }

  /// The weights of a tensor.
  package func values(of name: ByteString) -> [Float]? { places[name].map { entries[$0].values } }
}
