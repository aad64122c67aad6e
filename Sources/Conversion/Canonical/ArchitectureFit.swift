internal import WeighbridgeArchitectures
internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

/// Whether a checkpoint of a class that is not known is built like one that is: every tensor has a name
/// that the family knows, and the shape that the configuration asks for.
enum ArchitectureFit {
  /// The families that it fits, the likeliest first: those with a similar name, then those of which the
  /// least is missing.
  static func families(
    _ model: Model, _ document: JSONValue, _ options: CanonicalOptions
  ) -> [Architecture] {
    let names = model.tensors.map(\.name)
    let fitting = ArchitectureRegistry.all.filter { family in
      family.converts && !family.configurationNames.isEmpty
        && names.allSatisfy { understands(family, $0) } && fits(family, model, document, options)
    }
    let called = Configuration.names(in: document) + [document["model_type"]?.text ?? ""]
    // Classes of one architecture differ in little: that which the registry lists first stands for all.
    var missing: [String: Int] = [:]
    for family in fitting {
      missing[family.name] = min(missing[family.name] ?? .max, unused(family, names))
    }
    return fitting.enumerated().sorted { left, right in
      let (first, second) = (likeness(left.element, called), likeness(right.element, called))
      if first != second { return first > second }
      let (least, other) = (missing[left.element.name] ?? 0, missing[right.element.name] ?? 0)
      return least != other ? least < other : left.offset < right.offset
    }.map(\.element)
  }

  private static func understands(_ family: Architecture, _ name: ByteString) -> Bool {
    switch family.names.read(name) {
    case .leftOut: true
    case .named(let own): family.rule(for: own, nil) != nil
    }
  }

  private static func fits(
    _ family: Architecture, _ model: Model, _ document: JSONValue, _ options: CanonicalOptions
  ) -> Bool {
    guard let name = family.configurationNames.first else { return false }
    let renamed = document.named(name)
    guard let network = try? MappedNetwork(model, renamed, family, options) else { return false }
    var metadata = Metadata()
    guard (try? network.write(family.hyperparameters, to: &metadata)) != nil else { return false }
    return hasShapes(network)
  }

  /// Whether the matrices that every decoder has are of the sizes that the configuration names.
  private static func hasShapes(_ network: MappedNetwork) -> Bool {
    let configuration = network.configuration
    guard let width = try? configuration.width(), let heads = try? configuration.headCount(),
      let keys = try? configuration.keyValueHeadCount(), let head = try? configuration.headWidth()
    else { return false }
    let inner = (try? configuration.optionalCount("intermediate_size", "n_inner")) ?? nil
    let expected: [(ByteString, [Int?])] = [
      ("attn_q.weight", [heads * head, width]), ("attn_k.weight", [keys * head, width]),
      ("attn_v.weight", [keys * head, width]), ("attn_output.weight", [width, heads * head]),
      ("ffn_gate.weight", [inner, width]), ("ffn_down.weight", [width, inner]),
      ("attn_norm.weight", [width]), ("ffn_norm.weight", [width]),
      ("attn_q_norm.weight", [nil]), ("attn_k_norm.weight", [nil]),
    ]
    return network.mapping.tensors.allSatisfy { tensor in
      let parts = NamePattern.split(tensor.name)
      guard parts.first == "blk", parts.count == 4,
        let rule = expected.first(where: { $0.0.text == "\(parts[2]).\(parts[3])" })
      else { return true }
      let dimensions = tensor.layout.shape.dimensions
      return dimensions.count == rule.1.count
        && zip(dimensions, rule.1).allSatisfy { $1 == nil || $0 == $1 }
    }
  }

  /// How many letters a family's names share with what the checkpoint is called, from the first on.
  private static func likeness(_ family: Architecture, _ called: [String]) -> Int {
    let own = (family.configurationNames + [family.name]).map { letters($0) }
    return called.map { letters($0) }.flatMap { name in
      own.map { zip($0, name).prefix { $0 == $1 }.count }
    }.max() ?? 0
  }

  private static func letters(_ name: String) -> [Character] {
    Array(name.lowercased().filter { $0.isLetter || $0.isNumber })
  }

  /// Rules that no tensor of the checkpoint uses.
  private static func unused(_ family: Architecture, _ names: [ByteString]) -> Int {
    var used = Set<Int>()
    for name in names {
      guard case .named(let own) = family.names.read(name),
        let found = family.rule(for: own, nil)
      else { continue }
      used.insert(found.rule)
    }
    return family.tensors.count - used.count
  }
}

extension JSONValue {
  /// A configuration with another class, of all of its parts.
  func named(_ name: String) -> JSONValue {
    guard var object else { return self }
    for part in ["llm_config", "lm_config", "language_config", "text_config", "vision_config"] {
      let key = ByteString(part)
      guard var nested = object[key]?.object, nested["architectures"] != nil else { continue }
      nested["architectures"] = nil
      object[key] = .object(nested)
    }
    object["architectures"] = .array([JSONValue(name)])
    return .object(object)
  }
}
