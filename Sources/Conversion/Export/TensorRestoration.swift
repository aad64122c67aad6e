internal import WeighbridgeArchitectures
internal import WeighbridgeByteIO
internal import WeighbridgeEncodings
internal import WeighbridgeModelIR

/// Undoes a family's tensor rules: GGUF's tensors under the checkpoint's names, unstacked, in the
/// checkpoint's order of rows.
///
/// The rules themselves are read backwards; nothing is listed a second time. A rule's order of rows is
/// turned round by looking at where it takes each row from.
struct TensorRestoration {
  private let architecture: Architecture
  private let configuration: Configuration
  private var byName: [ByteString: Tensor] = [:]
  /// What was restored so far.
  private(set) var tensors: [Tensor] = []
  /// Names of those that are looked up and not multiplied with, and of the output.
  private(set) var tables: Set<ByteString> = []
  /// Whether blocks stay blocks where only whole rows are moved.
  var keepsBlocks = false

  /// Tensors of GGUF whose blocks become plain numbers where a scheme is for linear layers alone.
  private static let tableNames: Set<ByteString> = [
    "token_embd.weight", "output.weight", "position_embd.weight", "token_types.weight",
    "per_layer_token_embd.weight", "altup_proj.weight", "altup_unembd_proj.weight",
  ]

  init(_ architecture: Architecture, _ configuration: Configuration) {
    self.architecture = architecture
    self.configuration = configuration
  }

  /// One use of a rule: the layer that its names were filled in with.
  private struct Use: Hashable {
    let rule: Int
    let match: NamePattern.Match
  }

  /// Restores every tensor exactly once, or says which are not understood.
  mutating func restore(_ source: [Tensor]) throws(ModelError) {
    for tensor in source { byName[tensor.name] = tensor }
    let generated = Set(architecture.generated.map { ByteString($0.name) })
    var done: Set<Use> = []
    var unknown: [ByteString] = []
    for tensor in source where !generated.contains(tensor.name) {
      guard let use = use(for: tensor.name) else {
        unknown.append(tensor.name)
        continue
      }
      if done.insert(use).inserted { try restore(use) }
    }
    guard unknown.isEmpty else {
      let listed = unknown.prefix(5).map { "'\($0)'" }.joined(separator: ", ")
      throw ModelError(
        .unmappedTensor, architecture.name,
        "\(unknown.count) tensors have no place in a checkpoint: \(listed)"
          + (unknown.count > 5 ? ", …" : ""))
    }
  }

  /// The first rule of which a tensor is an output and all other outputs are there too.
  private func use(for name: ByteString) -> Use? {
    let parts = NamePattern.split(name)
    for (index, rule) in architecture.tensors.enumerated() {
      guard rule.condition?(configuration) ?? true else { continue }
      for output in rule.outputs {
        guard let match = output.name.match(parts),
          rule.outputs.allSatisfy({ byName[$0.name.filled(match)] != nil }),
          isWritten(rule, match)
        else { continue }
        return Use(rule: index, match: match)
      }
    }
    return nil
  }

  private func isWritten(_ rule: TensorRule, _ match: NamePattern.Match) -> Bool {
    switch rule.reverse {
    case .always: true
    case .without(let other): byName[other.filled(match)] == nil
    case .never: false
    }
  }

  private mutating func restore(_ use: Use) throws(ModelError) {
    let rule = architecture.tensors[use.rule]
    var parts: [any TensorPayload] = []
    for output in rule.outputs {
      guard let tensor = byName[output.name.filled(use.match)] else { continue }
      parts.append(try plain(tensor))
    }
    let name = rule.source.filled(use.match)
    if rule.outputs.contains(where: { Self.tableNames.contains($0.name.filled(use.match)) }) {
      tables.insert(name)
    }
    if Set(parts.map(\.layout.encoding)).count > 1 { parts = try decoded(parts, name) }
    var whole = try undo(rule, parts, name)
    if whole == nil, parts.contains(where: { $0.layout.encoding.elementsPerBlock > 1 }) {
      whole = try undo(rule, try decoded(parts, name), name)
    }
    guard let payload = whole else {
      throw ModelError(
        .shapeMismatch, "tensor '\(name)'",
        "it cannot be put together from shapes \(parts.map(\.layout.shape))")
    }
    guard rule.source.hasExpert else {
      tensors.append(Tensor(name: name, payload: payload))
      return
    }
    try unstack(payload, rule, use.match)
  }

  /// One tensor for each expert.
  private mutating func unstack(
    _ payload: any TensorPayload, _ rule: TensorRule, _ match: NamePattern.Match
  ) throws(ModelError) {
    let dimensions = payload.layout.shape.dimensions
    guard dimensions.count >= 2, let count = dimensions.first, count > 0 else {
      throw ModelError(.shapeMismatch, "tensor '\(rule.source.text)'", "it holds no experts")
    }
    let inner = Array(dimensions.dropFirst())
    let rows = payload.layout.rowCount / count
    for expert in 0..<count {
      var own = match
      own.expert = expert
      let part = ArrangedPayload(
        payload,
        RowArrangement(
          grid: [count, rows], ranges: [expert..<expert + 1, 0..<rows], shape: [rows]))
      guard let part, let shaped = ReshapedPayload(part, inner) else {
        throw ModelError(
          .shapeMismatch, "tensor '\(rule.source.text)'", "experts of shape \(dimensions)")
      }
      tensors.append(Tensor(name: rule.source.filled(own), payload: shaped))
    }
  }

  // MARK: Numbers

  /// Plain numbers, which rows and columns can be moved of.
  private func plain(_ tensor: Tensor) throws(ModelError) -> any TensorPayload {
    switch tensor.layout.encoding {
    case .f32, .f16, .bf16: return tensor.payload
    case let encoding where keepsBlocks && encoding.elementsPerBlock > 1: return tensor.payload
    default: return try decoded(tensor.payload, tensor.name)
    }
  }

  private func decoded(
    _ payloads: [any TensorPayload], _ name: ByteString
  ) throws(ModelError) -> [any TensorPayload] {
    try payloads.map { (payload) throws(ModelError) in try decoded(payload, name) }
  }

  private func decoded(
    _ payload: any TensorPayload, _ name: ByteString
  ) throws(ModelError) -> any TensorPayload {
    guard payload.layout.encoding != .f32 else { return payload }
    return try Reencoding.apply(
      .f32, to: Tensor(name: name, payload: payload), clamps: false
    ).payload
  }

  // MARK: Changes backwards

  private func undo(
    _ rule: TensorRule, _ parts: [any TensorPayload], _ name: ByteString
  ) throws(ModelError) -> (any TensorPayload)? {
    var joined: [any TensorPayload] = []
    var arrangements:
      [@Sendable (Configuration, TensorShape) throws(ModelError) -> RowArrangement] =
        []
    var before: [TensorChange] = []
    for (output, part) in zip(rule.outputs, parts) {
      var payload = part
      var index = output.changes.count
      // What was done after rows were chosen is undone for each part by itself.
      while index > 0 {
        if case .arrange(let arrangement) = output.changes[index - 1] {
          arrangements.append(arrangement)
          before = Array(output.changes[..<(index - 1)])
          break
        }
        guard let next = try undo(output.changes[index - 1], payload) else { return nil }
        payload = next
        index -= 1
      }
      joined.append(payload)
    }
    guard var payload = joined.first else { return nil }
    if !arrangements.isEmpty {
      guard arrangements.count == joined.count,
        let whole = try RestoredRows.whole(joined, arrangements, configuration)
      else { return nil }
      payload = whole
    } else if joined.count != 1 {
      return nil
    }
    for change in before.reversed() {
      guard let next = try undo(change, payload) else { return nil }
      payload = next
    }
    return payload
  }

  /// The same with rows of zeros in front.
  private static func behindZeros(
    _ payload: any TensorPayload, _ count: Int
  ) throws(ModelError) -> (any TensorPayload)? {
    guard count > 0 else { return payload }
    guard count <= 1 << 16, let shape = TensorShape([count, payload.layout.shape.rowLength]),
      let layout = TensorLayout(shape, payload.layout.encoding)
    else { return nil }
    return JoinedPayload([ZeroPayload(layout), payload], along: .rows)
  }

  private func undo(
    _ change: TensorChange, _ payload: any TensorPayload
  ) throws(ModelError) -> (any TensorPayload)? {
    switch change {
    case .arrange(let arrangement):
      return try RestoredRows.whole([payload], [arrangement], configuration)
    case .transpose: return payload.transposed
    case .reshape(_, let back):
      return ReshapedPayload(payload, try back(configuration, payload.layout.shape))
    case .chosen, .derive: return nil
    case .pad: return payload
    case .drop(let count): return try Self.behindZeros(payload, try count(configuration))
    case .add(let number): return MappedPayload(payload, .add(-number))
    case .negativeExponential: return MappedPayload(payload, .logarithmOfNegative)
    case .multiply, .multiplyRows: return payload
    case .forReaders(let change, _): return try undo(change, payload)
    }
  }
}
