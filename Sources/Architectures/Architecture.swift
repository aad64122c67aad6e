package import WeighbridgeByteIO
package import WeighbridgeModelIR

/// A family of models as data: how its configuration and its tensors become GGUF.
///
/// One value, one file in `Families/`, one line in `ArchitectureRegistry`.
package struct Architecture: Sendable {
  /// `general.architecture`.
  package let name: String
  /// The names that `config.json` may call it by: `LlamaForCausalLM`.
  package let configurationNames: [String]
  /// What its classes make of each key of `config.json`; none where another family has the classes.
  package let computations: [FamilyComputation]
  /// What transformers assumes where `config.json` says nothing.
  package let defaults: [ConfigurationDefault]
  /// Metadata, in the order in which llama.cpp writes it.
  package let hyperparameters: [HyperparameterRule]
  /// Tensors; the first rule that matches a name counts.
  package let tensors: [TensorRule]
  /// Tensors that follow from the configuration alone.
  package let generated: [GeneratedTensor]
  /// Metadata that llama.cpp writes after the tokenizer's.
  package let closing: [HyperparameterRule]
  /// Settings that change what is computed and that GGUF has no key for, or another value: the checker
  /// follows them where it reads a checkpoint, and a conversion says that they are lost.
  package let exact: [HyperparameterRule]
  /// How `config.json` is written again; nil where another family of the same name does it.
  package let export: ConfigurationExport?
  /// What the model computes and no metadata says; nil where another family of the same name has it,
  /// or where the model cannot be run here.
  package let traits: DecoderTraits?
  /// What is done to a checkpoint's names first, and which tensors are left out.
  package let names: TensorNames
  /// What quantizing it differs in; nil where another family of the same name has it, or nothing does.
  package let quantization: QuantizationTraits?
  /// The tokenizers a checkpoint may come with.
  package let vocabulary: VocabularyKind

  /// Metadata that stand in a checkpoint as tensors, one number for each layer.
  package let gathered: [GatheredNumbers]
  /// Whether a configuration is of the family, where two have one class; nil where no other has it.
  package let applies: (@Sendable (Configuration) -> Bool)?

  /// Describes a family.
  package init(
    name: String, configurationNames: [String], computations: [FamilyComputation] = [],
    defaults: [ConfigurationDefault] = [],
    hyperparameters: [HyperparameterRule] = HyperparameterRule.common, tensors: [TensorRule],
    generated: [GeneratedTensor] = [], closing: [HyperparameterRule] = [],
    export: ConfigurationExport? = nil, vocabulary: VocabularyKind, traits: DecoderTraits? = nil,
    names: TensorNames = TensorNames(), quantization: QuantizationTraits? = nil,
    exact: [HyperparameterRule] = [], gathered: [GatheredNumbers] = [],
    applies: (@Sendable (Configuration) -> Bool)? = nil
  ) {
    self.name = name
    self.configurationNames = configurationNames
    self.computations = computations
    self.defaults = defaults
    self.hyperparameters = hyperparameters
    self.tensors = tensors
    self.generated = generated
    self.closing = closing
    self.export = export
    self.vocabulary = vocabulary
    self.traits = traits
    self.names = names
    self.quantization = quantization
    self.exact = exact
    self.gathered = gathered
    self.applies = applies
  }

  /// A family whose GGUF files are run or quantized, and of whose checkpoints nothing is known.
  init(
    name: String, runs traits: DecoderTraits?, quantization: QuantizationTraits? = nil
  ) {
    self.init(
      name: name, configurationNames: [], hyperparameters: [], tensors: [],
      vocabulary: .bytePair, traits: traits, quantization: quantization)
  }

  /// Whether tensors are computed from several of a checkpoint's.
  package var hasDerivations: Bool {
    tensors.contains { rule in
      rule.outputs.contains { output in
        output.changes.contains { change in
          if case .derive = change { return true }
          return false
        }
      }
    }
  }

  /// Whether checkpoints of the family can be converted.
  package var converts: Bool { !tensors.isEmpty }
}

extension Architecture {
  /// The same family under other names and with other defaults.
  func with(
    name: String? = nil, configurationNames: [String], computations: [FamilyComputation] = [],
    defaults: [ConfigurationDefault],
    export: ConfigurationExport? = nil, traits: DecoderTraits? = nil,
    quantization: QuantizationTraits? = nil
  ) -> Architecture {
    Architecture(
      name: name ?? self.name, configurationNames: configurationNames, computations: computations,
      defaults: defaults,
      hyperparameters: hyperparameters, tensors: tensors, generated: generated, closing: closing,
      export: export, vocabulary: vocabulary, traits: traits, names: names,
      quantization: quantization)
  }
}

extension Architecture {
  /// Layers that its tensors may belong to: those of the network, and those that predict further tokens.
  package func layerLimit(_ configuration: Configuration) throws(ModelError) -> Int {
    var layers = try configuration.layerCount()
    if traits?.encoderPrefix != nil { layers = max(layers, try configuration.decoderLayerCount()) }
    guard names.nextTokenLayers == .kept else { return layers }
    return layers + (try configuration.nextTokenLayerCount())
  }
}

/// Which tokenizer files a family's checkpoints come with.
package struct VocabularyKind: Sendable {
  /// How a tokenizer is stored.
  package enum Format: Hashable, Sendable {
    /// `tokenizer.model`, else `tokenizer.json`.
    case sentencePiece
    /// The same, with added tokens taken literally.
    case sentencePieceLiteral
    /// `tokenizer.json` with pairs of bytes.
    case bytePair
    /// `tokenizer.json` with pairs of plain characters and bytes for the rest: Gemma 4.
    case plainBytePair
    /// A unigram file of SentencePiece whose numbers fairseq has moved, else `tokenizer.json`.
    case shiftedPieces
    /// `tokenizer.json` with WordPiece.
    case wordPiece
  }

  /// What is looked for.
  package let format: Format
  /// Whether the key for the space before the first word is taken from `tokenizer_config.json`.
  package let readsSpacePrefix: Bool
  /// Tokens that the family uses for a purpose whatever its files say.
  package let extraTokens: [(kind: String, token: String)]
  /// The keys of `config.json` that say how many tokens there are.
  package let sizes: [ByteString]
  /// The number of tokens is rounded up to a multiple of this.
  package let multiple: Int
  /// Metadata that the family's tokenizers have in front of all others.
  package let leading: [(key: String, value: MetadataValue)]

  init(
    _ format: Format, readsSpacePrefix: Bool = false,
    extraTokens: [(kind: String, token: String)] = [],
    sizes: [ByteString] = ["vocab_size_per_layer_input", "vocab_size"], multiple: Int = 1,
    leading: [(key: String, value: MetadataValue)] = []
  ) {
    self.format = format
    self.readsSpacePrefix = readsSpacePrefix
    self.extraTokens = extraTokens
    self.sizes = sizes
    self.multiple = multiple
    self.leading = leading
  }

  /// `tokenizer.model`, else `tokenizer.json`.
  static let sentencePiece = VocabularyKind(.sentencePiece)
  /// `tokenizer.json` with pairs of bytes.
  static let bytePair = VocabularyKind(.bytePair)
  /// `tokenizer.json` with WordPiece.
  static let wordPiece = VocabularyKind(.wordPiece)
}

/// Numbers that are tensors in a checkpoint, one in each layer, and a list in GGUF's metadata.
package struct GatheredNumbers: Sendable {
  /// The key, without an architecture's name before it.
  package let key: String
  /// The tensors' name.
  package let source: NamePattern
  /// Whether the tensors have no dimension, instead of one of one element.
  package let isScalar: Bool

  /// Describes a list.
  init(_ key: String, _ source: String, isScalar: Bool) {
    self.key = key
    self.source = NamePattern(source)
    self.isScalar = isScalar
  }

  /// The name of a layer's tensor.
  package func name(layer: Int) -> ByteString { source.filled(NamePattern.Match(layer: layer)) }
}

/// A tensor that is in no checkpoint and follows from the configuration.
package struct GeneratedTensor: Sendable {
  /// Its GGUF name.
  package let name: String
  /// Its elements, in single precision; nil where a model has none.
  package let values: @Sendable (Configuration) throws(ModelError) -> [Float]?
  /// The length of a row; nil where it has one dimension.
  package let columns: @Sendable (Configuration) throws(ModelError) -> Int?

  /// Describes a tensor.
  package init(
    _ name: String,
    columns: @escaping @Sendable (Configuration) throws(ModelError) -> Int? = { _ in nil },
    _ values: @escaping @Sendable (Configuration) throws(ModelError) -> [Float]?
  ) {
    self.name = name
    self.columns = columns
    self.values = values
  }
}
