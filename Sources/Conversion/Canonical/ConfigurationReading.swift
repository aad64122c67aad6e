internal import WeighbridgeArchitectures
internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

/// A checkpoint's configuration, with what its class of models makes of it and what is said of that.
struct ConfigurationReading {
  /// The keys that have a say, without the family's defaults for GGUF.
  let configuration: Configuration
  /// The class of models; nil where it is not known key by key.
  let family: FamilyComputation?
  private let computation: [ConfiguredComputation]
  private let options: CanonicalOptions
  private var problems: [Diagnostic] = []

  init(_ document: JSONValue, _ options: CanonicalOptions) throws(ModelError) {
    var configuration = try Configuration(document)
    self.options = options
    // What a user describes is known to the user alone.
    family = options.map == nil ? FamilyComputation.find(document) : nil
    if let family {
      let keys = ConfigurationKeys(configuration, family)
      let refused = options.isVocabularyOnly ? [] : keys.refused
      for (key, reason) in refused where !options.acceptedKeys.contains(key.text) {
        throw ModelError(
          .unsupportedSetting, "config.json", "'\(key)' asks for \(reason)",
          hint: "--accept \(key) goes on without it")
      }
      for (key, reason) in refused where options.acceptedKeys.contains(key.text) {
        problems.append(
          Diagnostic(
            .warning, "accepted", at: "config.json",
            "'\(key)' asks for \(reason), which is left out"))
      }
      for key in keys.unknown {
        problems.append(
          Diagnostic(
            .note, "unknown-key", at: "config.json",
            "key '\(key)' is not known for this family and was not used"))
      }
      configuration.remove(keys.unknown)
      computation =
        options.isVocabularyOnly
        ? [] : try family.computation(configuration, accepted: options.acceptedKeys)
    } else {
      computation = []
    }
    self.configuration = configuration
  }

  /// Which tensors the configuration switches off.
  func leavesOut(_ name: [ByteString]) -> Bool {
    family?.optionalTensors.contains { optional in
      optional.names.contains { $0.match(name) != nil } && optional.isLeftOut(configuration)
    } ?? false
  }

  /// Puts the settings beside a model, for whoever runs it or tells where readers of GGUF differ.
  func finish(_ model: inout Model) throws(ModelError) {
    model.problems += problems
    guard family != nil, !model.tensors.isEmpty else { return }
    model.computation = computation
    try checkNorms(model)
    try sayHead(&model)
  }

  /// A network that follows attention has a norm of its own before it.
  private func checkNorms(_ model: Model) throws(ModelError) {
    guard let rule = computation.first(where: { $0.settings.contains(.parallel(false)) }) else {
      return
    }
    let names = Set(model.tensors.map(\.name))
    for layer in 0..<(try configuration.layerCount())
    where names.contains("blk.\(layer).attn_norm.weight")
      && !names.contains("blk.\(layer).ffn_norm.weight")
      && !names.contains("blk.\(layer).post_attention_norm.weight")
    {
      throw ModelError(
        .missingTensor, "config.json",
        "'\(rule.keys.first ?? "")' puts the network behind attention, but layer \(layer) has no norm "
          + "between")
    }
  }

  /// Heads that are there against the configuration, or missing against it.
  private func sayHead(_ model: inout Model) throws(ModelError) {
    // A classifier's head is another thing than the embeddings.
    guard let family, !isClassifier else { return }
    let key = family.headKey.text
    let said = configuration[family.headKey]?.bool
    let isTied = said ?? family.tiesHead
    let value = said.map { "is \($0)" } ?? "is missing"
    func say(_ code: String, _ message: String) {
      model.problems.append(
        Diagnostic(.warning, code, at: "config.json", "'\(key)' \(value)" + message))
    }
    guard let head = model.tensors.firstIndex(where: { $0.name == "output.weight" }) else {
      guard !isTied else { return }
      guard isBaseClass || said == nil || options.acceptedKeys.contains(key) else {
        throw ModelError(
          .missingTensor, "config.json",
          "'\(key)' is false, but there is no head among the tensors",
          hint: "fetch the missing file, or --accept \(key) takes the embeddings for the head")
      }
      return say(
        "missing-head",
        ", but there is no head among the tensors: the embeddings are taken for it")
    }
    if options.purpose == .conversion, family.readersTieHead {
      guard options.acceptedKeys.contains(key) else {
        throw ModelError(
          .unsupportedSetting, "config.json",
          "'\(key)' \(value) and there is a head of its own, which no reader of GGUF knows for this family",
          hint: "--accept \(key) leaves the head out, and the embeddings take its place")
      }
      model.tensors.remove(at: head)
      say("beyond-gguf", ": the head was left out, and readers of GGUF take the embeddings for it")
    } else if said == true,
      let embeddings = model.tensors.first(where: { $0.name == "token_embd.weight" }),
      try OwnHead.differ(model.tensors[head], embeddings)
    {
      say("own-head", ", but the head that is stored differs from the embeddings: it was kept")
    }
  }

  /// Whether the class sorts texts instead of predicting tokens.
  private var isClassifier: Bool {
    configuration["architectures"]?.array?.first?.text?.hasSuffix("ForSequenceClassification")
      ?? false
  }

  /// Whether the class has no head by its nature: `Qwen2Model`.
  private var isBaseClass: Bool {
    let name = configuration["architectures"]?.array?.first?.text ?? ""
    return name.hasSuffix("Model") && !name.hasSuffix("LMHeadModel")
  }
}
