package import WeighbridgeByteIO
package import WeighbridgeJSON
package import WeighbridgeModelIR

/// What one or more keys of `config.json` say is computed.
package struct ComputationRule: Sendable {
  /// The keys that count.
  package let keys: [ByteString]
  /// What they say; keys that are missing count as what transformers assumes.
  package let settings: @Sendable (Configuration) throws(ModelError) -> [ComputationSetting]

  /// Describes a rule.
  init(
    _ keys: ByteString...,
    settings: @escaping @Sendable (Configuration) throws(ModelError) -> [ComputationSetting]
  ) {
    self.keys = keys
    self.settings = settings
  }

  /// Describes a rule of keys in a list.
  init(
    of keys: [ByteString],
    settings: @escaping @Sendable (Configuration) throws(ModelError) -> [ComputationSetting]
  ) {
    self.keys = keys
    self.settings = settings
  }
}

/// Tensors that a model of the family has only where its configuration says so.
package struct OptionalTensors: Sendable {
  /// The key that says so; nil where no model of the family has them.
  package let key: ByteString?
  /// What counts where the key is missing.
  package let otherwise: Bool
  /// Whether it is the key's being true that switches them off.
  package let isInverted: Bool
  /// Their names.
  package let names: [NamePattern]

  /// Names tensors, of layers where they do not begin with another part.
  init(
    _ key: ByteString?, otherwise: Bool = false, isInverted: Bool = false, in prefix: String,
    _ names: [String]
  ) {
    self.key = key
    self.otherwise = otherwise
    self.isInverted = isInverted
    self.names = names.map { NamePattern(prefix + $0) }
  }

  /// Whether transformers would leave the tensors out.
  package func isLeftOut(_ configuration: Configuration) -> Bool {
    guard let key else { return true }
    return configuration.isOn(key, otherwise) == isInverted
  }
}

/// What a class of models in transformers makes of its configuration.
///
/// Every key of a `config.json` is one of four kinds: it counts (a rule reads it, or it is a size), it
/// is incidental (it says nothing of what is computed), it is refused (what it asks for cannot be
/// computed), or it is not known, has no effect, and is noted.
package struct FamilyComputation: Sendable {
  /// The classes, as in `architectures`.
  package let classes: [String]
  /// What is computed.
  package let rules: [ComputationRule]
  /// Sizes and names of parts: keys that the metadata or the tensors' rules read.
  package let sizes: Set<ByteString>
  /// Keys that say nothing of what is computed, but for those that are so in every family.
  package let incidental: Set<ByteString>
  /// Keys whose values ask for something that cannot be computed, and which do.
  package let refusals: [KeyRefusal]
  /// Tensors that the configuration switches off.
  package let optionalTensors: [OptionalTensors]
  /// Whether the head is the embeddings where the configuration does not say.
  package let tiesHead: Bool
  /// The key that says it.
  package let headKey: ByteString
  /// `model_type` of the text model, where classes are shared by several; nil where they are not.
  package let modelType: String?
  /// Whether readers of GGUF take the embeddings for the head of every model of the family.
  package let readersTieHead: Bool

  /// Describes a class.
  init(
    _ classes: String..., rules: [ComputationRule], sizes: Set<ByteString> = [],
    incidental: Set<ByteString> = [], refusals: [KeyRefusal] = [],
    optionalTensors: [OptionalTensors] = [], headBias: OptionalTensors? = .headBias,
    tiesHead: Bool = false, headKey: ByteString = "tie_word_embeddings",
    readersTieHead: Bool = false, modelType: String? = nil
  ) {
    self.classes = classes
    self.rules = rules
    self.sizes = sizes
    self.incidental = incidental
    self.refusals = refusals
    self.optionalTensors = optionalTensors + (headBias.map { [$0] } ?? [])
    self.tiesHead = tiesHead
    self.headKey = headKey
    self.readersTieHead = readersTieHead
    self.modelType = modelType
  }

  /// All classes, in the order of their families.
  package static let all = ArchitectureRegistry.all.flatMap(\.computations)

  /// The class of a parsed `config.json`; nil where none of its names is known.
  ///
  /// A base model (`Qwen2Model`) computes what the class with its head (`Qwen2ForCausalLM`) does.
  package static func find(_ document: JSONValue) -> FamilyComputation? {
    let type = document["text_config"]?["model_type"]?.text ?? document["model_type"]?.text
    func family(_ name: String) -> FamilyComputation? {
      let known = all.filter { $0.classes.contains(name) }
      return known.first { $0.modelType != nil && $0.modelType == type }
        ?? known.first { $0.modelType == nil || known.count == 1 }
    }
    return Configuration.names(in: document).reversed().lazy.compactMap { name in
      family(name) ?? (name.hasSuffix("Model") ? family(name.dropLast(5) + "ForCausalLM") : nil)
    }.first
  }
}
