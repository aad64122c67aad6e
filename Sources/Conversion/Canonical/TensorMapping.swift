internal import WeighbridgeArchitectures
internal import WeighbridgeByteIO
internal import WeighbridgeCheckpoints
internal import WeighbridgeEncodings
internal import WeighbridgeModelIR

/// Applies a family's tensor rules to a checkpoint, in the order of llama.cpp's converter: file after
/// file, by name within each; experts when the last of their layer has come.
struct TensorMapping {
  let architecture: Architecture
  let configuration: Configuration
  /// What the configuration says of the computation; nil for a projector, of which nothing is computed.
  private let reading: ConfigurationReading?
  let purpose: CanonicalOptions.Purpose
  /// What was mapped so far.
  private(set) var tensors: [Tensor] = []
  /// Where each tensor comes from, by its name in GGUF.
  private(set) var origins: [ByteString: TensorOrigin] = [:]
  /// What was left out.
  private(set) var problems: [Diagnostic] = []
  /// Tensors that GGUF has no use for.
  private(set) var leftOut: [Tensor] = []
  /// Tensors whose numbers are others in GGUF.
  private(set) var recomputed: [Tensor] = []
  /// Tensors that the configuration switches off, or that its class of models does not have.
  private var switchedOff: [ByteString] = []
  private(set) var seenLayers: Set<Int> = []
  private var experts: [Int: [Expert]] = [:]
  /// The checkpoint's tensors by their names, for what is computed from several.
  private(set) var sources: [ByteString: Tensor] = [:]

  /// One expert's part of a tensor.
  private struct Expert {
    let rule: Int
    let match: NamePattern.Match
    let tensor: Tensor
  }

  init(
    _ architecture: Architecture, _ configuration: Configuration, _ reading: ConfigurationReading?,
    _ purpose: CanonicalOptions.Purpose
  ) {
    self.architecture = architecture
    self.configuration = configuration
    self.reading = reading
    self.purpose = purpose
  }

  /// Maps every tensor exactly once, or says which are not understood.
  mutating func map(_ model: Model) throws(ModelError) {
    try generate()
    if architecture.hasDerivations {
      sources = Dictionary(model.tensors.map { ($0.name, $0) }) { first, _ in first }
    }
    let sorted = model.tensors.sorted { left, right in
      let files = (left.location?.file ?? 0, right.location?.file ?? 0)
      return files.0 != files.1 ? files.0 < files.1 : left.name < right.name
    }
    let names = SourceNames(architecture, configuration, sorted.map(\.name))
    let matches = sorted.map { ExpertMatch($0, names.read($0.name)) }
    var remaining: [Int: Int] = [:]
    for entry in matches {
      if let layer = expertLayer(entry) { remaining[layer, default: 0] += 1 }
    }
    var unknown: [ByteString] = []
    var kinds: [String] = []
    for entry in matches {
      if reading?.leavesOut(NamePattern.split(entry.tensor.name)) ?? false {
        switchedOff.append(entry.tensor.name)
        leftOut.append(entry.tensor)
      } else if let kind = entry.kind {
        kinds.append(kind)
        leftOut.append(entry.tensor)
      } else if let layer = expertLayer(entry), let (rule, match) = entry.found {
        experts[layer, default: []].append(Expert(rule: rule, match: match, tensor: entry.tensor))
        remaining[layer, default: 0] -= 1
        if remaining[layer] == 0 { try stack(layer) }
      } else if let (rule, match) = entry.found {
        let rule = architecture.tensors[rule]
        if rule.isCopy, rule.outputs.contains(where: { origins[$0.name.filled(match)] != nil }) {
          leftOut.append(entry.tensor)
          continue
        }
        if rule.outputs.isEmpty { leftOut.append(entry.tensor) }
        if rule.outputs.contains(where: { $0.changes.contains(where: \.isArithmetic) }) {
          recomputed.append(entry.tensor)
        }
        try add(rule, match, entry.tensor.payload, entry.tensor.name)
      } else {
        unknown.append(entry.tensor.name)
      }
    }
    try finish(unknown, kinds)
  }

  private func expertLayer(_ entry: ExpertMatch) -> Int? {
    guard let found = entry.found, architecture.tensors[found.rule].source.hasExpert else {
      return nil
    }
    return found.match.layer ?? 0
  }

  private mutating func generate() throws(ModelError) {
    for rule in architecture.generated {
      guard let values = try rule.values(configuration) else { continue }
      guard let flat = MemoryPayload(values) else {
        throw ModelError(.shapeMismatch, rule.name, "too many elements")
      }
      var payload: any TensorPayload = flat
      if let columns = try rule.columns(configuration), columns > 0,
        let matrix = ReshapedPayload(flat, [values.count / columns, columns])
      {
        payload = matrix
      }
      origins[ByteString(rule.name)] = TensorOrigin(source: "config.json", changes: ["computed"])
      tensors.append(Tensor(name: ByteString(rule.name), payload: payload))
    }
  }

  /// Stacks what a layer's experts have in common, in the order of the rules.
  private mutating func stack(_ layer: Int) throws(ModelError) {
    let parts = experts.removeValue(forKey: layer) ?? []
    for (index, rule) in architecture.tensors.enumerated() where rule.source.hasExpert {
      let own = parts.filter { $0.rule == index }
        .sorted { ($0.match.expert ?? 0) < ($1.match.expert ?? 0) }
      guard let first = own.first else { continue }
      let numbers = own.map { $0.match.expert ?? 0 }
      // A projector's configuration speaks of the text model's experts.
      let count =
        reading == nil
        ? own.count
        : try configuration.optionalCount(
          "num_local_experts", "num_experts", "n_routed_experts", "moe_num_experts") ?? own.count
      guard numbers == Array(0..<count) else {
        throw ModelError(
          .missingTensor, "tensor '\(first.tensor.name)'",
          "layer \(layer) has the experts \(numbers.prefix(8)) of \(count)")
      }
      guard let payload = StackedPayload(own.map(\.tensor.payload)) else {
        throw ModelError(
          .shapeMismatch, "tensor '\(first.tensor.name)'",
          "the experts of layer \(layer) differ in shape or encoding")
      }
      try add(
        rule, first.match, payload, first.tensor.name, after: ["\(own.count) experts stacked"])
    }
  }

  private mutating func add(
    _ rule: TensorRule, _ match: NamePattern.Match, _ payload: any TensorPayload,
    _ name: ByteString, after first: [String] = []
  ) throws(ModelError) {
    try checkLayer(match, name)
    var match = match
    if let layer = match.layer { match.layer = try rule.number(configuration, layer) }
    for output in rule.outputs {
      var changed = payload
      var changes: [TensorChange] = []
      for change in output.changes {
        if case .chosen(let choose) = change {
          changes += try choose(configuration, payload.layout.shape)
        } else {
          changes.append(change)
        }
      }
      var origin = TensorOrigin(source: name, changes: payload.step == .scaled ? ["scaled"] : [])
      origin.changes += first
      for change in changes {
        guard let next = try apply(change, to: changed, name) else {
          throw ModelError(
            .shapeMismatch, "tensor '\(name)'",
            "\(changed.layout.encoding.name) of shape \(changed.layout.shape) cannot become "
              + "'\(output.name.filled(match))'")
        }
        origin.changes.append(
          TensorOrigin.word(change, keepsAll: next.layout.byteCount == changed.layout.byteCount))
        changed = next
      }
      origins[output.name.filled(match)] = origin
      tensors.append(Tensor(name: output.name.filled(match), payload: changed))
    }
  }

  /// A layer that the configuration does not speak of shows that the two do not belong together.
  private mutating func checkLayer(
    _ match: NamePattern.Match, _ name: ByteString
  ) throws(ModelError) {
    // Of a projector, numbers count parts of any kind.
    guard reading != nil, let layer = match.layer else { return }
    let layers = try architecture.layerLimit(configuration)
    guard layer < layers else {
      throw ModelError(
        .unmappedTensor, "tensor '\(name)'",
        "config.json declares \(layers) layers, but this tensor belongs to layer \(layer)")
    }
    seenLayers.insert(layer)
  }

  private mutating func finish(_ unknown: [ByteString], _ kinds: [String]) throws(ModelError) {
    guard unknown.isEmpty else {
      let kinds = NamePattern.grouped(unknown)
      let listed = kinds.prefix(8).map { "'\($0)'" }.joined(separator: ", ")
      throw ModelError(
        .unmappedTensor, architecture.name,
        "\(unknown.count) tensors are not known: \(listed)"
          + (kinds.count > 8 ? " and \(kinds.count - 8) more kinds" : ""),
        hint: Self.hint(unknown))
    }
    var names: Set<ByteString> = []
    for tensor in tensors where !names.insert(tensor.name).inserted {
      throw ModelError(.unmappedTensor, "tensor '\(tensor.name)'", "two tensors become it")
    }
    if reading != nil {
      try checkEmbedding()
      try checkLayers()
      if let head = try OwnHead.find(leftOut, beside: tensors) {
        leftOut.removeAll { TiedHead.isHead($0.name) }
        origins[head.name] = TensorOrigin(source: "lm_head.weight", changes: [])
        tensors.append(head)
      }
    }
    if !kinds.isEmpty, reading != nil {
      problems.append(SourceNames.note(kinds, architecture.name))
    }
    if !switchedOff.isEmpty {
      let names = NamePattern.grouped(switchedOff)
      problems.append(
        Diagnostic(
          .warning, "tensors-switched-off", at: architecture.name,
          "\(switchedOff.count) tensors were left out, which config.json switches off or models of this "
            + "class do not have: " + names.prefix(8).map { "'\($0)'" }.joined(separator: ", ")
            + (names.count > 8 ? " and \(names.count - 8) more kinds" : "")))
    }
  }
}
