internal import WeighbridgeArchitectures
internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

/// A checkpoint's names as a family's rules know them.
struct SourceNames {
  private let architecture: Architecture
  private let configuration: Configuration
  /// Layers behind the last one that are left out.
  private let nextTokenLayers: Set<Int>

  /// Where a tensor belongs.
  enum Place {
    case rule(Int, NamePattern.Match)
    /// A text model has no use for it, being of a kind.
    case leftOut(String)
    case unknown
  }

  /// Looks for layers that predict further tokens: behind the last one, and with what only these have.
  init(
    _ architecture: Architecture, _ configuration: Configuration, _ names: [ByteString]
  ) {
    self.architecture = architecture
    self.configuration = configuration
    guard architecture.names.nextTokenLayers == .leftOut,
      let layers = try? configuration.layerCount()
    else {
      nextTokenLayers = []
      return
    }
    nextTokenLayers = Set(
      names.compactMap { TensorNames.nextTokenLayer($0) }.filter { $0 >= layers })
  }

  /// How many layers under the name `mtp.layers` there are, where there are any: `config.json` does not
  /// always say.
  static func nextTokenLayers(_ names: [ByteString]) -> [ConfigurationDefault] {
    let numbers = names.compactMap { name -> Int? in
      let parts = NamePattern.split(name)
      guard let start = parts.firstIndex(of: "mtp"), start <= 1, parts.count > start + 2,
        parts[start + 1] == "layers"
      else { return nil }
      return TensorNames.layer(of: name)
    }
    guard let last = numbers.max() else { return [] }
    return [ConfigurationDefault("_mtp_layers", .integer(last + 1))]
  }

  /// Where a tensor belongs.
  func read(_ name: ByteString) -> Place {
    switch architecture.names.read(name) {
    case .leftOut(let kind): return .leftOut(kind)
    case .named(let own):
      if !nextTokenLayers.isEmpty, let layer = TensorNames.layer(of: own),
        nextTokenLayers.contains(layer)
      {
        return .leftOut("of layers that predict further tokens")
      }
      guard let (rule, match) = architecture.rule(for: own, configuration) else { return .unknown }
      return .rule(rule, match)
    }
  }

  /// One note that counts what was left out, by kind.
  static func note(_ kinds: [String], _ architecture: String) -> Diagnostic {
    var counts: [(kind: String, count: Int)] = []
    for kind in kinds {
      if let index = counts.firstIndex(where: { $0.kind == kind }) {
        counts[index].count += 1
      } else {
        counts.append((kind, 1))
      }
    }
    let list = counts.map { "\($0.count) \($0.kind)" }.joined(separator: ", ")
    return Diagnostic(
      .note, "tensors-left-out", at: architecture,
      "a text model in GGUF does not use \(kinds.count == 1 ? "one tensor" : "some tensors"), "
        + "left out: \(list)")
  }
}
