public import ModelIR

/// A family of models as data: how its configuration and its tensors become GGUF.
///
/// One value, one file in `Families/`, one line in `ArchitectureRegistry`.
public struct Architecture: Sendable {
  /// `general.architecture`.
  public let name: String
  /// The names that `config.json` may call it by: `LlamaForCausalLM`.
  public let configurationNames: [String]
  /// What transformers assumes where `config.json` says nothing.
  public let defaults: [ConfigurationDefault]
  /// Metadata, in the order in which llama.cpp writes it.
  public let hyperparameters: [HyperparameterRule]
  /// Tensors; the first rule that matches a name counts.
  public let tensors: [TensorRule]
  /// Tensors that follow from the configuration alone.
  public let generated: [GeneratedTensor]
  /// Metadata that llama.cpp writes after the tokenizer's.
  public let closing: [HyperparameterRule]
  /// The tokenizers a checkpoint may come with.
  public let vocabulary: VocabularyKind

  /// Describes a family.
  public init(
    name: String, configurationNames: [String], defaults: [ConfigurationDefault] = [],
    hyperparameters: [HyperparameterRule] = HyperparameterRule.common, tensors: [TensorRule],
    generated: [GeneratedTensor] = [], closing: [HyperparameterRule] = [],
    vocabulary: VocabularyKind
  ) {
    self.name = name
    self.configurationNames = configurationNames
    self.defaults = defaults
    self.hyperparameters = hyperparameters
    self.tensors = tensors
    self.generated = generated
    self.closing = closing
    self.vocabulary = vocabulary
  }
}

extension Architecture {
  /// The same family under other names and with other defaults.
  func with(
    configurationNames: [String], defaults: [ConfigurationDefault]
  ) -> Architecture {
    Architecture(
      name: name, configurationNames: configurationNames, defaults: defaults,
      hyperparameters: hyperparameters, tensors: tensors, generated: generated, closing: closing,
      vocabulary: vocabulary)
  }
}

/// Which tokenizer files a family's checkpoints come with.
public enum VocabularyKind: Hashable, Sendable {
  /// `tokenizer.model`, else `tokenizer.json`; `addsSpacePrefix` says whether the key for the space
  /// before the first word is taken from `tokenizer_config.json`.
  case sentencePiece(addsSpacePrefix: Bool)
  /// `tokenizer.json` with byte-level pair encoding.
  case bytePair
  /// `tokenizer.json` with WordPiece.
  case wordPiece
}

/// A tensor that is in no checkpoint and follows from the configuration.
public struct GeneratedTensor: Sendable {
  /// Its GGUF name.
  public let name: String
  /// Its elements, in single precision and one dimension; nil where a model has none.
  public let values: @Sendable (Configuration) throws(ModelError) -> [Float]?

  /// Describes a tensor.
  public init(
    _ name: String,
    _ values: @escaping @Sendable (Configuration) throws(ModelError) -> [Float]?
  ) {
    self.name = name
    self.values = values
  }
}
