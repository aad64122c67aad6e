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

  init(
    _ plain: Model, _ document: JSONValue, _ architecture: Architecture, _ options: CanonicalOptions
  ) throws(ModelError) {
    self.architecture = architecture
    reading = try ConfigurationReading(document, options)
    var configuration = reading.configuration
    configuration.fill(
      SourceNames.nextTokenLayers(plain.tensors.map(\.name)) + architecture.defaults)
    self.configuration = configuration
    var mapping = TensorMapping(architecture, configuration, reading, options.purpose)
    try mapping.map(plain)
    self.mapping = mapping
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
    try network.write(architecture.hyperparameters, to: &result.metadata)
    try network.reading.finish(&result)
    return result
  }
}
