package import WeighbridgeByteIO
package import WeighbridgeJSON
package import WeighbridgeModelIR

/// What is known and what is not of a checkpoint whose architecture has no entry in the registry.
package struct ArchitectureDiagnosis: Sendable {
  /// The family that understands the most tensors, where one understands any.
  package let nearest: Architecture?
  /// Tensors that it does not understand, layers and experts taken together: `model.layers.{n}.x`.
  package let unknownTensors: [String]
  /// Keys of `config.json` that none of its rules asks for.
  package let unknownKeys: [String]
  /// Tensors in all.
  package let tensorCount: Int
  /// Tensors that the family does not understand.
  package let unknownCount: Int

  /// Names that an error lists at most.
  private static let listed = 8

  /// Tries every family on the tensors' names.
  package init(_ document: JSONValue, tensors: [ByteString]) {
    var best: (family: Architecture, unknown: [Int])?
    for family in ArchitectureRegistry.all where family.converts {
      let unknown = tensors.indices.filter { index in
        switch family.names.read(tensors[index]) {
        case .leftOut: false
        case .named(let name): family.rule(for: name, nil) == nil
        }
      }
      if unknown.count < best?.unknown.count ?? tensors.count { best = (family, unknown) }
    }
    self.nearest = best?.family
    self.tensorCount = tensors.count
    let unknown = best?.unknown ?? Array(tensors.indices)
    self.unknownCount = unknown.count
    self.unknownTensors = NamePattern.grouped(unknown.map { tensors[$0] })
    self.unknownKeys = Self.unknownKeys(document, best?.family)
  }

  private static func unknownKeys(_ document: JSONValue, _ family: Architecture?) -> [String] {
    guard var configuration = try? Configuration(document) else { return [] }
    configuration.fill(family?.defaults ?? [])
    for rule in family?.hyperparameters ?? HyperparameterRule.common {
      _ = try? rule.value(configuration)
    }
    _ = try? configuration.layerCount()
    _ = try? configuration.headWidth()
    return configuration.unreadKeys.map(\.text)
  }

  /// The error that says all this, in bounded length.
  ///
  /// `fitting` are families that it fits in every name and shape, the likeliest first.
  package func error(_ names: [String], fitting: [Architecture] = []) -> ModelError {
    if let first = fitting.first { return fit(names, first, Array(fitting.dropFirst())) }
    var message = "the architecture '\(names.joined(separator: "', '"))' is not known"
    if let nearest, unknownCount > 0 {
      message +=
        "; as \(nearest.name), which comes nearest, \(unknownCount) of \(tensorCount) "
        + "tensors are not understood: \(Mechanism.described(unknownTensors))"
    } else if let nearest {
      message +=
        "; \(nearest.name) understands the names of all \(tensorCount) tensors, but their "
        + "shapes or the configuration's keys are others"
    } else if tensorCount > 0 {
      message +=
        "; no family understands any of its tensors: "
        + Mechanism.described(unknownTensors)
    }
    if !unknownKeys.isEmpty {
      message += "; keys that are not understood: \(Self.list(unknownKeys))"
    }
    let start = nearest.map { "like: \($0.name)" } ?? "architecture: NAME"
    return ModelError(
      .unsupportedArchitecture, "config.json", message,
      hint: "--map FILE.yaml gives names and keys (begin with '\(start)', see Specs/name-maps.md); "
        + "known architectures: "
        + ArchitectureRegistry.all.flatMap(\.configurationNames).sorted().joined(separator: ", "))
  }

  /// All tensors fit: what it may be read as is said, and not guessed.
  private func fit(
    _ names: [String], _ first: Architecture, _ others: [Architecture]
  ) -> ModelError {
    let name = first.configurationNames.first ?? first.name
    var seen = Set([first.name])
    let further = others.filter { seen.insert($0.name).inserted }.prefix(4).map {
      $0.configurationNames.first ?? $0.name
    }
    var message =
      "the architecture '\(names.joined(separator: "', '"))' is not known, but all "
      + "\(tensorCount) tensors have the names and shapes of '\(name)' (\(first.name))"
    if !further.isEmpty { message += ", as well as those of \(further.joined(separator: ", "))" }
    if !unknownKeys.isEmpty {
      message += "; keys that are not understood: \(Self.list(unknownKeys))"
    }
    return ModelError(
      .unsupportedArchitecture, "config.json", message,
      hint: "--as \(name) reads it so; whether it computes the same, its makers know")
  }

  private static func list(_ names: [String]) -> String {
    names.prefix(listed).map { "'\($0)'" }.joined(separator: ", ")
      + (names.count > listed ? " and \(names.count - listed) more" : "")
  }
}

extension NamePattern {
  /// Names with their numbers left open, each once, in the order of the first.
  package static func grouped(_ names: [ByteString]) -> [String] {
    var seen = Set<String>()
    return names.compactMap { name in
      let open = split(name).enumerated().map { index, part in
        part.count > 0 && part.bytes.allSatisfy { (0x30...0x39).contains($0) } ? "{n}" : part.text
      }.joined(separator: ".")
      return seen.insert(open).inserted ? open : nil
    }
  }
}
