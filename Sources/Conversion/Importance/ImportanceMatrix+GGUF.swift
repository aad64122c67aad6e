internal import ByteIO
internal import Encodings
public import ModelIR

extension ImportanceMatrix {
  /// Reads the newer format: a GGUF file with `<tensor>.in_sum2` and `<tensor>.counts`.
  ///
  /// A tensor's weights are sums over counts, expert by expert.
  public init(_ model: Model, path: String) throws(ConversionError) {
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
    var problems: [Problem] = []
    for (name, tensor) in sums {
      guard let count = counts.removeValue(forKey: name) else {
        throw .model(
          ModelError(.missingTensor, path, "'\(name).in_sum2' has no '\(name).counts' beside it"))
      }
      entries.append(
        try Self.entry(
          name, try Self.floats(tensor, path), try Self.floats(count, path), path,
          &problems))
    }
    if let name = counts.keys.min() {
      throw .model(
        ModelError(.missingTensor, path, "'\(name).counts' has no '\(name).in_sum2' beside it"))
    }
    try self.init(
      path: path, entries: entries, datasets: datasets, chunkCount: chunkCount,
      chunkSize: chunkSize, problems: problems)
  }

  private static func name(_ name: ByteString, without suffix: ByteString) -> ByteString? {
    guard name.hasSuffix(suffix), name.count > suffix.count else { return nil }
    return ByteString(Array(name.bytes.dropLast(suffix.count)))
  }

  private static func floats(_ tensor: Tensor, _ path: String) throws(ConversionError) -> [Float] {
    let layout = tensor.layout
    guard layout.encoding.name == "F32", let rows = FloatRows(tensor.payload) else {
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
    _ name: ByteString, _ sums: [Float], _ counts: [Float], _ path: String,
    _ problems: inout [Problem]
  ) throws(ConversionError) -> Entry {
    guard !counts.isEmpty, !sums.isEmpty, sums.count % counts.count == 0 else {
      throw .model(
        ModelError(
          .shapeMismatch, path,
          "'\(name)' has \(sums.count) sums and \(counts.count) counts, which do not share out"))
    }
    let width = sums.count / counts.count
    var values = sums
    var empty = 0
    for (group, count) in counts.enumerated() {
      guard count.isFinite else {
        throw .model(ModelError(.nonFiniteValue, path, "the count of '\(name)' is \(count)"))
      }
      let total = count.rounded(.toNearestOrAwayFromZero)
      if total <= 0 { empty += 1 }
      for index in group * width..<(group + 1) * width {
        values[index] = total > 0 ? sums[index] / total : 1
      }
    }
    if empty > 0 {
      problems.append(
        Problem(
          .warning, "importance-without-data", at: name.text,
          "\(empty) of \(counts.count) parts saw no data; their columns weigh alike"))
    }
    return Entry(name: name, values: values)
  }
}
