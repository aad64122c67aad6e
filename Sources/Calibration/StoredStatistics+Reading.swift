internal import WeighbridgeByteIO
internal import WeighbridgeConversion
internal import WeighbridgeEncodings
internal import WeighbridgeInference
internal import WeighbridgeModelIR

// What is read of a file of statistics when its turn comes.
extension StoredStatistics {
  /// What the matrices of a layer are multiplied with; nil for those outside of layers.
  func moments(of layer: Int?) throws(InferenceError) -> [MatrixKey: Moments] {
    var result: [MatrixKey: Moments] = [:]
    var known: [ByteString: [Moments]] = [:]
    for (name, base) in matrices where Self.layer(of: name) == layer {
      let parts: [Moments]
      if let same = known[base] {
        parts = same
      } else {
        parts = try Self.reading { () throws(FormatError) -> [Moments] in
          try triangles(base, ".moments", ".tokens")
        }
        known[base] = parts
      }
      // What met no token has no moments of its own.
      for (part, moments) in parts.enumerated() where moments.tokens > 0 {
        result[MatrixKey(name, part: part)] = moments
      }
    }
    return result
  }

  private static func layer(of name: ByteString) -> Int? {
    let parts = name.text.split(separator: ".")
    return parts.count > 2 && parts[0] == "blk" ? Int(parts[1]) : nil
  }

  /// The gradients; nil where there are none.
  func fisher() throws(InferenceError) -> FisherStatistics? {
    guard obstacle == nil, tensors["vocabulary.frequencies"] != nil else { return nil }
    return try Self.reading { () throws(FormatError) -> FisherStatistics in
      var scales: [MatrixKey: Double] = [:]
      var outputs: [MatrixKey: Moments] = [:]
      for name in tensors.keys.sorted() where name.hasSuffix(".scale") {
        let tensor = ByteString(Array(name.bytes.dropLast(6)))
        for (part, scale) in try numbers(name).enumerated() {
          scales[MatrixKey(tensor, part: part)] = scale
        }
        if tensors[tensor + ".outputs"] != nil {
          outputs[MatrixKey(tensor)] =
            try triangles(tensor, ".outputs", ".outputs.tokens").first
        }
      }
      return FisherStatistics(
        scales: scales, weighed: Set(weighed.map { MatrixKey($0) }),
        embedding: try triangles("embedding", ".moments", ".tokens").first, outputs: outputs,
        frequencies: try numbers("vocabulary.frequencies"))
    }
  }

  /// The importance matrix of the same text.
  func importance() throws(InferenceError) -> ImportanceSums {
    var model = Model(origin: ModelOrigin(format: "calibration", kind: .importance))
    model.metadata["imatrix.datasets"] = .array(.strings(texts))
    model.metadata["imatrix.chunk_count"] = .uint32(UInt32(clamping: windows.windows.count))
    model.metadata["imatrix.chunk_size"] = .uint32(
      UInt32(clamping: windows.windows.first?.count ?? 0))
    model.tensors = tensors.keys.sorted().filter {
      $0.hasSuffix(".in_sum2") || $0.hasSuffix(".counts")
    }.compactMap { tensors[$0] }
    do { return try ImportanceSums(model, path: "calibration") } catch {
      throw error.inferenceError
    }
  }

  private static func reading<Result>(
    _ body: () throws(FormatError) -> Result
  ) throws(InferenceError) -> Result {
    do { return try body() } catch { throw .format(error) }
  }

  private func triangles(
    _ name: ByteString, _ suffix: ByteString, _ counts: ByteString
  ) throws(FormatError) -> [Moments] {
    let own = name + suffix
    let tokens = try numbers(name + counts)
    guard let tensor = tensors[own], tensor.layout.encoding == .f64,
      case let dimensions = tensor.layout.shape.dimensions,
      dimensions.count == 3 || (dimensions.count == 2 && tokens.count == 1),
      dimensions.count == 2 || dimensions[0] == tokens.count,
      let rows = dimensions.dropLast().last, let half = dimensions.last,
      let columns = [rows - 1, rows].first(where: { Self.form($0) == (rows, half) }),
      let bytes = Moments.lowerBytes(columns: columns), let span = tensor.payload.span
    else {
      throw FormatError(.invalidValue, "'\(own)' is missing, or no half of a matrix", in: path)
    }
    var result: [Moments] = []
    for (part, count) in tokens.enumerated() {
      let moments: Moments
      do throws(IOError) {
        moments = try Moments(
          columns: columns, tokens: count, from: span.source,
          at: span.extent.offset + UInt64(part) * bytes)
      } catch { throw FormatError(error) }
      guard moments.isSound else {
        throw FormatError(.nonFiniteValue, "'\(own)' holds what is no moment", in: path)
      }
      result.append(moments)
    }
    return result
  }

  private func numbers(_ name: ByteString) throws(FormatError) -> [Double] {
    guard let tensor = tensors[name], tensor.layout.encoding == .f64,
      tensor.layout.shape.dimensions.count == 1
    else { throw FormatError(.invalidValue, "'\(name)' is missing, or no list", in: path) }
    var bytes = [UInt8](repeating: 0, count: Int(clamping: tensor.layout.byteCount))
    var span = bytes.mutableSpan
    var raw = unsafe span.mutableBytes
    try tensor.payload.read(rows: 0..<tensor.layout.rowCount, into: &raw)
    let values = stride(from: 0, to: bytes.count, by: 8).map { place in
      Double(bitPattern: Self.number(bytes, place, 8))
    }
    guard values.allSatisfy({ $0.isFinite && $0 >= 0 }) else {
      throw FormatError(.nonFiniteValue, "'\(name)' holds what is no count", in: path)
    }
    return values
  }
}

extension ByteString {
  fileprivate static func + (left: ByteString, right: ByteString) -> ByteString {
    ByteString(left.bytes + right.bytes)
  }
}
