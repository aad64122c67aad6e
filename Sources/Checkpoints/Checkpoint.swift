package import WeighbridgeByteIO
package import WeighbridgeJSON
package import WeighbridgeModelIR

/// A Hugging Face checkpoint: tensors and the documents that say what they are.
package struct Checkpoint: Sendable {
  /// Tensors by the names of the checkpoint.
  package let model: Model
  /// Every file of the folder.
  package let files: CheckpointFiles
  /// `config.json`, or what `params.json` says in its words.
  package var configuration: JSONValue
  /// `generation_config.json`, where it is there.
  package let generation: JSONValue?
  /// `tokenizer_config.json`, where it is there.
  package let tokenizer: JSONValue?

  /// Whether the files beside a model are those of a checkpoint.
  package static func isIn(_ names: [String]) -> Bool {
    names.contains("config.json") || names.contains("params.json")
  }

  /// Reads the documents of a model that was opened from a folder, or from a file in one.
  package init(_ model: Model, limits: ReadLimits = .default) throws(FormatError) {
    guard let tree = model.companions else {
      throw FormatError(
        .missingFile, "there is no config.json beside the tensors",
        in: model.origin.files.first?.path ?? "the model",
        hint: "give the folder of the whole checkpoint")
    }
    let files = CheckpointFiles(tree, limits: limits)
    self.model = model
    self.files = files
    if OriginalParameters.describes(model), let document = try files.json("params.json") {
      self.configuration = try OriginalParameters(
        document, model, in: files.name + "/params.json"
      ).configuration
    } else {
      var document = try files.requiredJSON("config.json")
      if var object = document.object, let pooling = try PoolingModule.number(files) {
        object[PoolingModule.key] = .integer(pooling)
        document = .object(object)
      }
      self.configuration = document
    }
    self.generation = try files.json("generation_config.json")
    self.tokenizer = try files.json("tokenizer_config.json")
  }

  /// `model_type` of the configuration.
  package var modelType: String? { configuration["model_type"]?.text }

  /// The first of `architectures` of the configuration: the class that the weights are for.
  package var architectureClass: String? {
    configuration["architectures"]?.array?.first?.text
  }
}
