internal import WeighbridgeArchitectures
internal import WeighbridgeByteIO
package import WeighbridgeJSON
package import WeighbridgeModelIR

/// The network of a checkpoint in GGUF's names, with the configuration that describes it: all but the
/// tokenizer and what a person calls the model.
struct MappedNetwork {
  let architecture: Architecture
  /// The keys that have a say, and the family's defaults.
  let configuration: Configuration
  let reading: ConfigurationReading
  let mapping: TensorMapping
  /// Lists of numbers that are tensors in the checkpoint.
  private let gathered: [(key: String, values: [Float])]

  init(
    _ plain: Model, _ document: JSONValue, _ architecture: Architecture, _ options: CanonicalOptions
  ) throws(ModelError) {
    self.architecture = architecture
    reading = try ConfigurationReading(document, options)
    var configuration = reading.configuration
    configuration.fill(
      SourceNames.nextTokenLayers(plain.tensors.map(\.name)) + architecture.defaults + [
        ConfigurationDefault("_computes", .bool(options.purpose == .computation))
      ])
    self.configuration = configuration
    var mapping = TensorMapping(architecture, configuration, reading, options.purpose)
    try mapping.map(plain)
    self.mapping = mapping
    gathered = options.isVocabularyOnly ? [] : try Self.gather(plain, architecture, configuration)
  }

  /// Reads the numbers of every layer.
  private static func gather(
    _ plain: Model, _ architecture: Architecture, _ configuration: Configuration
  ) throws(ModelError) -> [(key: String, values: [Float])] {
    guard !architecture.gathered.isEmpty else { return [] }
    let layers = try configuration.layerCount()
    var found = architecture.gathered.map { _ in [Int: Float]() }
    for tensor in plain.tensors {
      guard case .named(let name) = architecture.names.read(tensor.name) else { continue }
      let parts = NamePattern.split(name)
      for (index, list) in architecture.gathered.enumerated() {
        guard let layer = list.source.match(parts)?.layer, tensor.layout.shape.elementCount == 1,
          let rows = FloatRows(tensor.payload)
        else { continue }
        do { found[index][layer] = try rows.read(rows: 0..<1).first } catch {
          throw ModelError(.unsupportedEncoding, "tensor '\(tensor.name)'", error.message)
        }
      }
    }
    var result: [(key: String, values: [Float])] = []
    for (list, numbers) in zip(architecture.gathered, found) {
      guard let missing = (0..<layers).first(where: { numbers[$0] == nil }) else {
        result.append((list.key, (0..<layers).compactMap { numbers[$0] }))
        continue
      }
      throw ModelError(
        .missingTensor, architecture.name,
        "layer \(missing) has no number '\(list.source.text)' of one element")
    }
    return result
  }

  /// Writes the lists of numbers that are tensors in the checkpoint.
  func writeGathered(to metadata: inout Metadata) {
    for (key, values) in gathered { metadata[ByteString(key)] = .array(.float32(values)) }
  }

  /// Writes the values of some rules.
  func write(
    _ rules: [HyperparameterRule], to metadata: inout Metadata
  ) throws(ModelError) {
    for rule in rules {
      guard let value = try rule.value(configuration) else { continue }
      let key = rule.key.replacing("{arch}", with: architecture.name)
      metadata[ByteString(key)] = value
    }
  }
}

extension CanonicalModel {
  /// The network of a checkpoint alone, ready to run: tensors under a family's names, and the parsed
  /// `config.json`.
  package static func network(
    of model: Model, _ document: JSONValue, _ options: CanonicalOptions
  ) throws(ModelError) -> Model {
    let architecture = try ArchitectureRegistry.find(document)
    let network = try MappedNetwork(model, document, architecture, options)
    var result = Model(
      origin: model.origin, tensors: network.mapping.tensors, problems: network.mapping.problems)
    result.metadata["general.architecture"] = .string(ByteString(architecture.name))
    network.writeGathered(to: &result.metadata)
    try network.write(architecture.hyperparameters, to: &result.metadata)
    try network.reading.finish(&result)
    return result
  }
}
