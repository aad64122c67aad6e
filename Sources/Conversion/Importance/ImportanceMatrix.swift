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
  package private(set) var entries: [Entry]
  /// The texts it was computed on.
  package let datasets: [ByteString]
  /// The number of windows of text it was computed on; 0 where the file does not say.
  package let chunkCount: Int
  /// Tokens of one window; 0 where the file does not say.
  package let chunkSize: Int
  /// What is doubtful about it.
  package let problems: [Diagnostic]
  private var places: [ByteString: Int]

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

  /// The entries whose names hold one of some texts, or none of others; all where neither is given.
  ///
  /// Throws where a text is in no name. llama-quantize does the same by `--include-weights` and
  /// `--exclude-weights`.
  package func selecting(
    including: [String], excluding: [String]
  ) throws(ConversionError) -> ImportanceMatrix {
    for text in including + excluding
    where !entries.contains(where: { $0.name.text.contains(text) }) {
      throw .model(
        ModelError(
          .invalidRequest, path, "no tensor of the importance matrix is named like '\(text)'"))
    }
    var result = self
    result.entries = entries.filter { entry in
      let name = entry.name.text
      return !excluding.contains { name.contains($0) }
        && (including.isEmpty || including.contains { name.contains($0) })
    }
    result.places = Dictionary(
      uniqueKeysWithValues: result.entries.enumerated().map { ($0.element.name, $0.offset) })
    return result
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
