internal import WeighbridgeByteIO
internal import WeighbridgeConversion
internal import WeighbridgeEncodings
package import WeighbridgeInference
package import WeighbridgeModelIR

/// Collects the statistics of a text in one walk, as a model that a GGUF writer takes:
/// Specs/calibration.md, CAL-60 and after.
///
/// What was collected of a layer goes to a scratch file before the next layer's turn.
package struct StatisticsCollection {
  private let reference: Model
  private let data: CalibrationData
  private let options: InferenceOptions
  private let scratch: ScratchFile
  private var model = Model(origin: ModelOrigin(format: "calibration", kind: .tensors))
  private var names: [ByteString] = []
  private var bases: [ByteString] = []

  /// Walks; `digest` names the model's tensors.
  package static func collect(
    _ reference: Model, on data: CalibrationData, effort: Effort, digest: String,
    options: InferenceOptions
  ) throws(InferenceError) -> Model {
    var work = try Self(reference, data, options)
    try work.addText(effort, digest)
    let decoder = try Decoder(reference)
    let found = try data.fisher(decoder, effort, options)
    try data.forLayers(of: decoder, weighedBy: found.statistics, "collecting", options) {
      (moments) throws(InferenceError) in
      try work.add(moments)
    }
    if let fisher = found.statistics { try work.add(fisher) }
    if let obstacle = found.obstacle {
      work.model.metadata["calibration.obstacle"] = .string(ByteString(obstacle))
    }
    work.model.metadata["calibration.matrices"] = .array(.strings(work.names))
    work.model.metadata["calibration.moments"] = .array(.strings(work.bases))
    let importance = try data.importance(decoder, options)
    do { work.model.tensors += try importance.model().tensors } catch {
      throw error.inferenceError
    }
    return work.model
  }

  private init(
    _ reference: Model, _ data: CalibrationData, _ options: InferenceOptions
  ) throws(InferenceError) {
    self.reference = reference
    self.data = data
    self.options = options
    do { scratch = try ScratchFile() } catch { throw .format(FormatError(error)) }
  }

  /// What the file says of itself, and the windows.
  private mutating func addText(_ effort: Effort, _ digest: String) throws(InferenceError) {
    let windows = data.windows.windows + (data.heldBack?.windows ?? [])
    let context = windows.first?.count ?? 0
    model.metadata["general.type"] = .string("calibration")
    model.metadata["calibration.version"] = .uint32(UInt32(StoredStatistics.version))
    model.metadata["calibration.model"] = .string(ByteString(digest))
    model.metadata["calibration.effort"] = .string(
      ByteString((effort == .best ? .good : effort).rawValue))
    model.metadata["calibration.texts"] = .array(.strings(data.texts))
    model.metadata["calibration.held_back"] = .uint32(
      UInt32(clamping: data.heldBack?.windows.count ?? 0))
    model.metadata["calibration.scored_from"] = .uint32(
      UInt32(clamping: data.windows.scored.lowerBound))
    var bytes: [UInt8] = []
    for window in windows {
      for token in window { append(UInt64(UInt32(bitPattern: token)), 4, to: &bytes) }
    }
    model.tensors.append(try stored("windows", [windows.count, context], .i32, bytes))
  }

  /// The moments of a layer's matrices; those that are the same are kept once.
  private mutating func add(_ moments: [MatrixKey: Moments]) throws(InferenceError) {
    var known: [(base: ByteString, parts: [Moments?])] = []
    for tensor in reference.tensors {
      let keys = moments.keys.filter { $0.tensor == tensor.name }
      guard !keys.isEmpty else { continue }
      let parts = (0..<tensor.layout.matrixCount).map {
        moments[MatrixKey(tensor.name, part: $0)]
      }
      names.append(tensor.name)
      if let same = known.first(where: { Self.areSame($0.parts, parts) }) {
        bases.append(same.base)
        continue
      }
      known.append((tensor.name, parts))
      bases.append(tensor.name)
      let columns = parts.compactMap { $0?.columns }.first ?? 0
      let filled = parts.map { $0 ?? Moments(columns: columns) }
      model.tensors.append(try triangles(tensor.name, ".moments", filled))
      model.tensors.append(try numbers(tensor.name, ".tokens", filled.map(\.tokens)))
    }
  }

  private static func areSame(_ left: [Moments?], _ right: [Moments?]) -> Bool {
    left.count == right.count && zip(left, right).allSatisfy { $0 === $1 }
  }

  /// Scales, what embeddings and outputs feel, and how often tokens occur.
  private mutating func add(_ fisher: FisherStatistics) throws(InferenceError) {
    var weighed: [ByteString] = []
    for tensor in reference.tensors {
      let scales = (0..<tensor.layout.matrixCount).map {
        fisher.scales[MatrixKey(tensor.name, part: $0)]
      }
      guard scales.contains(where: { $0 != nil }) else { continue }
      // What was not met is felt by nothing.
      model.tensors.append(try numbers(tensor.name, ".scale", scales.map { $0 ?? 0 }))
      let key = MatrixKey(tensor.name)
      if fisher.weighed.contains(key) { weighed.append(tensor.name) }
      if let own = fisher.outputs[key] {
        model.tensors.append(try triangles(tensor.name, ".outputs", [own]))
        model.tensors.append(try numbers(tensor.name, ".outputs.tokens", [own.tokens]))
      }
    }
    if let embedding = fisher.embedding {
      model.tensors.append(try triangles("embedding", ".moments", [embedding]))
      model.tensors.append(try numbers("embedding", ".tokens", [embedding.tokens]))
    }
    model.tensors.append(try numbers("vocabulary", ".frequencies", fisher.frequencies))
    model.metadata["calibration.weighed"] = .array(.strings(weighed))
  }

  private func triangles(
    _ name: ByteString, _ suffix: ByteString, _ parts: [Moments]
  ) throws(InferenceError) -> Tensor {
    let columns = parts.first?.columns ?? 0
    let form = StoredStatistics.form(columns)
    guard let bytes = Moments.lowerBytes(columns: columns),
      let shape = TensorShape([parts.count, form.rows, form.columns]),
      let layout = TensorLayout(shape, .f64)
    else { throw Self.tooLarge(name) }
    let start = scratch.byteCount
    do throws(IOError) {
      for (index, part) in parts.enumerated() {
        try part.write(to: scratch, at: start + UInt64(index) * bytes)
      }
    } catch { throw .format(FormatError(error)) }
    return try placed(name, suffix, layout, start)
  }

  private func numbers(
    _ name: ByteString, _ suffix: ByteString, _ values: [Double]
  ) throws(InferenceError) -> Tensor {
    var bytes: [UInt8] = []
    for value in values { append(value.bitPattern, 8, to: &bytes) }
    return try stored(ByteString(name.bytes + suffix.bytes), [values.count], .f64, bytes)
  }

  private func stored(
    _ name: ByteString, _ dimensions: [Int], _ encoding: Encoding, _ bytes: [UInt8]
  ) throws(InferenceError) -> Tensor {
    guard let shape = TensorShape(dimensions), let layout = TensorLayout(shape, encoding) else {
      throw Self.tooLarge(name)
    }
    let start = scratch.byteCount
    do { try scratch.append(bytes) } catch { throw .format(FormatError(error)) }
    return try placed(name, "", layout, start)
  }

  private func placed(
    _ name: ByteString, _ suffix: ByteString, _ layout: TensorLayout, _ start: UInt64
  ) throws(InferenceError) -> Tensor {
    let own = ByteString(name.bytes + suffix.bytes)
    guard
      let extent = ByteExtent(
        offset: start, byteCount: layout.byteCount, within: scratch.byteCount),
      let payload = SourcePayload(layout, in: scratch, extent)
    else { throw Self.tooLarge(own) }
    return Tensor(name: own, payload: payload)
  }

  private static func tooLarge(_ name: ByteString) -> InferenceError {
    .model(ModelError(.shapeMismatch, name.text, "its statistics are too many to be kept"))
  }

  private func append(_ value: UInt64, _ count: Int, to bytes: inout [UInt8]) {
    for index in 0..<count { bytes.append(UInt8(truncatingIfNeeded: value >> (8 * UInt64(index)))) }
  }
}
