internal import WeighbridgeByteIO
internal import WeighbridgeEncodings
package import WeighbridgeModelIR

extension ImportanceSums {
  /// The matrix as a model that a GGUF writer takes: the keys, tensors and order of `llama-imatrix`.
  ///
  /// Counts above 2²⁴ are rounded to float32, as the format has them.
  package func model() throws(ConversionError) -> Model {
    var model = Model(origin: ModelOrigin(format: "importance", kind: .importance))
    model.metadata["general.type"] = .string("imatrix")
    model.metadata["imatrix.datasets"] = .array(.strings(datasets))
    model.metadata["imatrix.chunk_count"] = .uint32(UInt32(clamping: chunkCount))
    model.metadata["imatrix.chunk_size"] = .uint32(UInt32(clamping: chunkSize))
    for entry in entries {
      let parts = entry.counts.count
      model.tensors.append(
        try tensor(entry.name, ".in_sum2", rows: parts, columns: entry.columns, entry.sums))
      model.tensors.append(
        try tensor(entry.name, ".counts", rows: parts, columns: 1, entry.counts.map { Float($0) }))
    }
    return model
  }

  private func tensor(
    _ name: ByteString, _ suffix: ByteString, rows: Int, columns: Int, _ values: [Float]
  ) throws(ConversionError) -> Tensor {
    let full = ByteString(name.bytes + suffix.bytes)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(values.count * 4)
    for value in values {
      let bits = value.bitPattern
      for shift: UInt32 in [0, 8, 16, 24] { bytes.append(UInt8(truncatingIfNeeded: bits >> shift)) }
    }
    // One row is written in one dimension, as ggml does.
    guard let shape = TensorShape(rows == 1 ? [columns] : [rows, columns]),
      let layout = TensorLayout(shape, .f32),
      let extent = ByteExtent(offset: 0, byteCount: layout.byteCount, within: UInt64(bytes.count)),
      let payload = SourcePayload(layout, in: MemorySource(bytes, name: path), extent)
    else {
      throw .model(ModelError(.shapeMismatch, path, "'\(full)' has \(values.count) numbers"))
    }
    return Tensor(name: full, payload: payload)
  }
}
