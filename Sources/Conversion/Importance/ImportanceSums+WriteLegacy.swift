internal import WeighbridgeByteIO
internal import WeighbridgeModelIR

extension ImportanceSums {
  /// The matrix in the older format (`.dat`), as `llama-imatrix --output-format dat` writes it
  /// (imatrix.cpp, `save_imatrix_legacy`).
  ///
  /// Counts become windows, rounded up, and sums become means × windows; an expert that saw no token
  /// weighs 1, and a tensor that saw none is left out. Of several texts the last is named.
  package func legacyBytes() throws(ConversionError) -> [UInt8] {
    let kept = entries.filter { entry in entry.counts.contains { $0 > 0 } }
    guard !kept.isEmpty, chunkSize > 0 else {
      throw .model(
        ModelError(
          .missingTensor, path, "no tensor has data that the older format could hold"))
    }
    var bytes: [UInt8] = []
    Self.append(kept.count, to: &bytes)
    for entry in kept {
      Self.append(entry.name.count, to: &bytes)
      bytes += entry.name.bytes
      let largest = entry.counts.max() ?? 0
      let windows = Int32(clamping: largest / chunkSize + (largest % chunkSize > 0 ? 1 : 0))
      Self.append(Int(windows), to: &bytes)
      Self.append(entry.sums.count, to: &bytes)
      for (part, count) in entry.counts.enumerated() {
        for sum in entry.sums[part * entry.columns..<(part + 1) * entry.columns] {
          let mean: Float = count > 0 ? sum / Float(count) : 1
          Self.append(bits: (mean * Float(windows)).bitPattern, to: &bytes)
        }
      }
    }
    Self.append(chunkCount, to: &bytes)
    let text = datasets.last?.bytes ?? []
    Self.append(text.count, to: &bytes)
    return bytes + text
  }

  private static func append(_ number: Int, to bytes: inout [UInt8]) {
    append(bits: UInt32(bitPattern: Int32(clamping: number)), to: &bytes)
  }

  private static func append(bits: UInt32, to bytes: inout [UInt8]) {
    for shift: UInt32 in [0, 8, 16, 24] { bytes.append(UInt8(truncatingIfNeeded: bits >> shift)) }
  }
}
