internal import WeighbridgeArchitectures
internal import WeighbridgeByteIO
internal import WeighbridgeModelIR

extension TensorMapping {
  /// Does one step of a rule; nil where the tensor is not such that it can be done.
  func apply(
    _ change: TensorChange, to payload: any TensorPayload, _ name: ByteString
  ) throws(ModelError) -> (any TensorPayload)? {
    switch change {
    case .arrange(let rule):
      return ArrangedPayload(payload, try rule(configuration, payload.layout.shape))
    case .transpose: return payload.transposed
    case .reshape(let rule, _):
      return ReshapedPayload(payload, try rule(configuration, payload.layout.shape))
    case .chosen: return payload
    case .drop(let count): return try Self.dropped(payload, try count(configuration), name)
    case .pad(let count):
      guard purpose == .conversion else { return payload }
      return try Self.padded(payload, to: try count(configuration), name)
    case .add(let number):
      return MappedPayload(payload, .add(number), isWidened: purpose == .computation)
    case .negativeExponential:
      return MappedPayload(payload, .negativeExponential, isWidened: purpose == .computation)
    case .multiply(let rule):
      guard let factor = try rule(configuration) else { return payload }
      return MappedPayload(payload, .multiply(factor), isWidened: purpose == .computation)
    case .multiplyRows(let rule):
      return MappedPayload(
        payload, .multiplyRows(try rule(configuration)), isWidened: purpose == .computation)
    case .forReaders(let change, let exception):
      if purpose == .computation, try exception(configuration) { return payload }
      return try apply(change, to: payload, name)
    case .derive(let derivation): return try derived(derivation, payload, name)
    }
  }

  private func derived(
    _ derivation: TensorChange.Derivation, _ payload: any TensorPayload, _ name: ByteString
  ) throws(ModelError) -> (any TensorPayload)? {
    switch derivation {
    case .batchScale(let epsilon): return try batchNorm(payload, name, .scale(epsilon))
    case .batchShift(let epsilon): return try batchNorm(payload, name, .shift(epsilon))
    case .softplus: return DerivedPayload(softplus: payload)
    case .centered: return DerivedPayload(centered: payload)
    case .sumOfRows(let count):
      return DerivedPayload(payload, sumsOf: try count(configuration))
    case .grid(let side): return DerivedPayload(payload, side: try side(configuration))
    }
  }

  /// A batch norm as one product and one sum; its other tensors stand beside its weight.
  private func batchNorm(
    _ weight: any TensorPayload, _ name: ByteString, _ part: DerivedPayload.BatchNorm
  ) throws(ModelError) -> (any TensorPayload)? {
    let stem = name.bytes.dropLast("weight".utf8.count)
    var others: [any TensorPayload] = []
    for other in ["bias", "running_mean", "running_var"] {
      let sibling = ByteString(Array(stem) + Array(other.utf8))
      guard let found = sources[sibling] else {
        throw ModelError(
          .missingTensor, "tensor '\(sibling)'", "it is missing beside '\(name)'",
          hint: "the checkpoint is incomplete: fetch all of its files")
      }
      others.append(found.payload)
    }
    return DerivedPayload(part, weight: weight, others)
  }

  /// The same without its first rows.
  private static func dropped(
    _ payload: any TensorPayload, _ first: Int, _ name: ByteString
  ) throws(ModelError) -> (any TensorPayload)? {
    let shape = payload.layout.shape
    let rows = shape.dimensions.first ?? 0
    guard shape.dimensions.count == 2, first < rows else {
      throw ModelError(
        .shapeMismatch, "tensor '\(name)'", "it has \(rows) rows, of which \(first) are not used")
    }
    return ArrangedPayload(
      payload,
      RowArrangement(grid: [rows], ranges: [first..<rows], shape: [rows - first]))
  }

  /// The same with rows of zeros behind it.
  private static func padded(
    _ payload: any TensorPayload, to count: Int, _ name: ByteString
  ) throws(ModelError) -> (any TensorPayload)? {
    let shape = payload.layout.shape
    guard shape.dimensions.count == 2, shape.rowCount < count else { return payload }
    // As many as a vocabulary's fillers at most: a number in a configuration must not make gigabytes.
    guard count - shape.rowCount <= 1 << 20,
      let rest = TensorShape([count - shape.rowCount, shape.rowLength]),
      let layout = TensorLayout(rest, payload.layout.encoding)
    else {
      throw ModelError(
        .shapeMismatch, "tensor '\(name)'",
        "it has \(shape.rowCount) rows, but config.json declares \(count) tokens")
    }
    return JoinedPayload([payload, ZeroPayload(layout)], along: .rows)
  }
}

extension TensorMapping {
  /// A tensor, and where its name belongs.
  struct ExpertMatch {
    let tensor: Tensor
    let found: (rule: Int, match: NamePattern.Match)?
    /// The kind that is left out.
    let kind: String?
    init(_ tensor: Tensor, _ place: SourceNames.Place) {
      self.tensor = tensor
      switch place {
      case .rule(let rule, let match): (found, kind) = ((rule, match), nil)
      case .leftOut(let kind): (found, self.kind) = (nil, kind)
      case .unknown: (found, kind) = (nil, nil)
      }
    }
  }
}
