internal import WeighbridgeByteIO
internal import WeighbridgeModelIR

extension ImportanceSums {
  /// Adds sums and counts of several matrices, in single precision in their order, as
  /// `llama-imatrix --in-file` does.
  ///
  /// A `.dat` file counts windows, which become `chunkSize` tokens each. A count that a file has for
  /// a whole stack holds for each of its experts. The number of windows is the largest count over
  /// `chunkSize`. Throws where two files disagree on a tensor's size.
  package static func merged(
    _ parts: [ImportanceSums], path: String, chunkSize: Int
  ) throws(ConversionError) -> ImportanceSums {
    var entries: [ByteString: Entry] = [:]
    for part in parts {
      for entry in part.entries {
        let counted = part.isLegacy ? try entry.scaled(by: chunkSize, part.path) : entry
        if let before = entries[entry.name] {
          entries[entry.name] = try before.adding(counted, part.path)
        } else {
          entries[entry.name] = counted
        }
      }
    }
    let largest = entries.values.reduce(0) { max($0, $1.counts.max() ?? 0) }
    return try ImportanceSums(
      path: path, entries: Array(entries.values), datasets: parts.flatMap(\.datasets),
      chunkCount: largest / max(1, chunkSize), chunkSize: chunkSize)
  }
}

extension ImportanceSums.Entry {
  /// Sums and counts of windows as those of tokens.
  fileprivate func scaled(by chunkSize: Int, _ path: String) throws(ConversionError) -> Self {
    var result = self
    for index in result.sums.indices { result.sums[index] *= Float(chunkSize) }
    for index in result.counts.indices {
      let (count, overflow) = counts[index].multipliedReportingOverflow(by: chunkSize)
      guard !overflow else { throw tooMany(path) }
      result.counts[index] = count
    }
    return result
  }

  /// The sums of both.
  fileprivate func adding(_ other: Self, _ path: String) throws(ConversionError) -> Self {
    let parts = max(counts.count, other.counts.count)
    guard sums.count == other.sums.count, let own = counts(for: parts),
      let others = other.counts(for: parts)
    else {
      throw .model(
        ModelError(
          .shapeMismatch, path,
          "'\(name)' has \(other.sums.count) sums and \(other.counts.count) counts; the files "
            + "before have \(sums.count) and \(counts.count)"))
    }
    var result = self
    for index in sums.indices { result.sums[index] += other.sums[index] }
    result.counts = own
    for index in own.indices {
      let (count, overflow) = own[index].addingReportingOverflow(others[index])
      guard !overflow else { throw tooMany(path) }
      result.counts[index] = count
    }
    return result
  }

  /// The counts of so many parts: its own, or one that holds for all; nil for another number.
  private func counts(for parts: Int) -> [Int]? {
    if counts.count == parts { return counts }
    guard counts.count == 1, sums.count % parts == 0 else { return nil }
    return [Int](repeating: counts[0], count: parts)
  }

  private func tooMany(_ path: String) -> ConversionError {
    .model(ModelError(.invalidMetadata, path, "the counts of '\(name)' are too large"))
  }
}
