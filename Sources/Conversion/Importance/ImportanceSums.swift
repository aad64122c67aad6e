package import WeighbridgeByteIO
internal import WeighbridgeEncodings
package import WeighbridgeModelIR

/// An importance matrix as it is collected and stored: sums of squares, and counts beside them.
///
/// Only sums can be merged; `ImportanceMatrix` holds the means that quantization uses.
package struct ImportanceSums: Sendable {
  /// What was collected for one tensor.
  package struct Entry: Hashable, Sendable {
    /// The tensor's GGUF name.
    package let name: ByteString
    /// Σ x² for each column, expert after expert.
    package var sums: [Float]
    /// Tokens of each expert; one number for a tensor that is no stack.
    package var counts: [Int]

    /// Pairs sums with counts; nil unless there are as many sums for each count.
    package init?(name: ByteString, sums: [Float], counts: [Int]) {
      guard !sums.isEmpty, !counts.isEmpty, sums.count % counts.count == 0 else { return nil }
      self.name = name
      self.sums = sums
      self.counts = counts
    }

    /// Columns of the tensor.
    package var columns: Int { sums.count / counts.count }

    /// Experts that saw no token.
    package var emptyParts: [Int] { counts.indices.filter { counts[$0] <= 0 } }

    /// Sums over counts; parts without data get `substitute`, or keep their sums where it is nil.
    func means(ofEmptyParts substitute: Float?) -> [Float] {
      var values = sums
      for (part, count) in counts.enumerated() {
        for index in part * columns..<(part + 1) * columns {
          values[index] = count > 0 ? sums[index] / Float(count) : substitute ?? sums[index]
        }
      }
      return values
    }
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
  /// Whether it was a `.dat` file, whose counts are windows and whose sums are means × windows.
  package let isLegacy: Bool
  /// What is doubtful about it: experts that saw no data, by number.
  package let problems: [Diagnostic]

  /// Puts sums together.
  ///
  /// Throws where there are none, and `nonFiniteValue` where a sum is no number.
  package init(
    path: String, entries: [Entry], datasets: [ByteString], chunkCount: Int, chunkSize: Int,
    isLegacy: Bool = false
  ) throws(ConversionError) {
    guard !entries.isEmpty else {
      throw .model(ModelError(.missingTensor, path, "the importance matrix has no entries"))
    }
    for entry in entries {
      if let index = entry.sums.span.firstNonFiniteIndex {
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
    self.isLegacy = isLegacy
    problems = self.entries.compactMap { Self.problem(of: $0, isLegacy: isLegacy) }
  }

  private static func problem(of entry: Entry, isLegacy: Bool) -> Diagnostic? {
    let empty = entry.emptyParts
    guard !empty.isEmpty else { return nil }
    let message: String
    if isLegacy {
      message = "no calls are recorded"
    } else if entry.counts.count == 1 {
      message = "it saw no data; its columns weigh alike"
    } else {
      let named = empty.prefix(16).map { "\($0)" }.joined(separator: ", ")
      let rest = empty.count > 16 ? " and \(empty.count - 16) more" : ""
      message =
        "\(empty.count) of \(entry.counts.count) experts saw no data, and their columns weigh "
        + "alike: \(named)\(rest)"
    }
    return Diagnostic(.warning, "importance-without-data", at: entry.name.text, message)
  }
}
