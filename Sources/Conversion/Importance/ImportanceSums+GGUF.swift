internal import WeighbridgeByteIO
internal import WeighbridgeEncodings
package import WeighbridgeModelIR

extension ImportanceSums {
  /// Reads the newer format: a GGUF file with `<tensor>.in_sum2` and `<tensor>.counts`.
  package init(_ model: Model, path: String) throws(ConversionError) {
    let metadata = model.metadata
    guard let datasets = metadata["imatrix.datasets"]?.array?.strings,
      let chunkCount = metadata["imatrix.chunk_count"]?.integer,
      let chunkSize = metadata["imatrix.chunk_size"]?.integer
    else {
      throw .model(
        ModelError(
          .missingMetadata, path, "'imatrix.datasets', 'chunk_count' or 'chunk_size' is missing",
          hint: "an importance matrix is written by 'weighbridge imatrix' or llama-imatrix"))
    }
    var sums: [(name: ByteString, tensor: Tensor)] = []
    var counts: [ByteString: Tensor] = [:]
    for tensor in model.tensors {
      if let name = Self.name(tensor.name, without: ".in_sum2") {
        sums.append((name, tensor))
      } else if let name = Self.name(tensor.name, without: ".counts") {
        counts[name] = tensor
      }
    }
    var entries: [Entry] = []
    for (name, tensor) in sums {
      guard let count = counts.removeValue(forKey: name) else {
        throw .model(
          ModelError(.missingTensor, path, "'\(name).in_sum2' has no '\(name).counts' beside it"))
      }
      entries.append(
        try Self.entry(name, try Self.floats(tensor, path), try Self.floats(count, path), path))
    }
    if let name = counts.keys.min() {
      throw .model(
        ModelError(.missingTensor, path, "'\(name).counts' has no '\(name).in_sum2' beside it"))
    }
    try self.init(
      path: path, entries: entries, datasets: datasets, chunkCount: chunkCount,
      chunkSize: chunkSize)
  }

  private static func name(_ name: ByteString, without suffix: ByteString) -> ByteString? {
    guard name.hasSuffix(suffix), name.count > suffix.count else { return nil }
    return ByteString(Array(name.bytes.dropLast(suffix.count)))
  }

  private static func floats(_ tensor: Tensor, _ path: String) throws(ConversionError) -> [Float] {
    let layout = tensor.layout
    guard layout.encoding == .f32, let rows = FloatRows(tensor.payload) else {
      throw .model(
        ModelError(
          .unsupportedEncoding, path,
          "'\(tensor.name)' is \(layout.encoding.name); F32 is expected"))
    }
    do throws(FormatError) { return try rows.read(rows: 0..<layout.rowCount) } catch {
      throw ConversionError(error)
    }
  }

  private static func entry(
    _ name: ByteString, _ sums: [Float], _ counts: [Float], _ path: String
  ) throws(ConversionError) -> Entry {
    var numbers: [Int] = []
    numbers.reserveCapacity(counts.count)
    for count in counts {
      guard let number = Int(exactly: count.rounded(.toNearestOrAwayFromZero)) else {
        throw .model(ModelError(.nonFiniteValue, path, "the count of '\(name)' is \(count)"))
      }
      numbers.append(number)
    }
    guard let entry = Entry(name: name, sums: sums, counts: numbers) else {
      throw .model(
        ModelError(
          .shapeMismatch, path,
          "'\(name)' has \(sums.count) sums, which are not divisible by its \(counts.count) counts")
      )
    }
    return entry
  }
}
