internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

/// Rules that many classes share.
extension ComputationRule {
  /// The nonlinearity, by the names of transformers' `ACT2FN`; `aliases` are what a class takes a
  /// name for.
  static func activation(
    _ key: ByteString = "hidden_act", _ otherwise: String = "silu", aliases: [String: String] = [:]
  ) -> ComputationRule {
    ComputationRule(key) { (configuration) throws(ModelError) in
      let name = configuration[key]?.text ?? otherwise
      guard let function = ActivationFunction(transformers: aliases[name] ?? name) else {
        throw ModelError(
          .invalidMetadata, "config.json", "'\(key)' is '\(name)', which is not known",
          hint: "known: "
            + ActivationFunction.transformersNames.map(\.key).sorted().joined(separator: ", "))
      }
      return [.activation(function)]
    }
  }

  /// What is added to the mean square of normalizations.
  static func epsilon(_ key: ByteString = "rms_norm_eps", _ otherwise: Double) -> ComputationRule {
    .number(key, otherwise) { .epsilon($0) }
  }

  /// A number; where it is missing or null, another.
  static func number(
    _ key: ByteString, _ otherwise: Double,
    _ setting: @escaping @Sendable (Float) -> ComputationSetting
  ) -> ComputationRule {
    ComputationRule(key) { (configuration) throws(ModelError) in
      [setting(Float(try configuration.optionalNumber(key) ?? otherwise))]
    }
  }

  /// A number that may be missing or null; where the key is missing, `otherwise` counts.
  static func cap(
    _ key: ByteString, otherwise: Double?,
    _ setting: @escaping @Sendable (Float?) -> ComputationSetting
  ) -> ComputationRule {
    ComputationRule(key) { (configuration) throws(ModelError) in
      guard configuration.has(key) else { return [setting(otherwise.map { Float($0) })] }
      return [setting(try configuration.optionalNumber(key).map { Float($0) })]
    }
  }

  /// A switch.
  static func flag(
    _ key: ByteString, otherwise: Bool, _ setting: @escaping @Sendable (Bool) -> ComputationSetting
  ) -> ComputationRule {
    ComputationRule(key) { configuration in [setting(configuration.isOn(key, otherwise))] }
  }

  /// A token sees those after it where the configuration says so, as `create_causal_mask` reads it.
  static let causal = ComputationRule("is_causal") { configuration in
    [.causal(configuration["is_causal"]?.bool ?? true)]
  }

  /// How queries and keys are rotated in all layers, or in those that `turns` says; layers of which
  /// `slides` says so, where there is no list of types, have parameters of their own.
  static func rotary(
    _ rule: RotaryRule = RotaryRule(), reading keys: [ByteString] = [],
    turns: (@Sendable (Configuration, Int) throws(ModelError) -> Bool)? = nil,
    slides: (@Sendable (Configuration, Int) throws(ModelError) -> Bool)? = nil
  ) -> ComputationRule {
    let sliding = rule.slidingBase.map { [$0.key] } ?? []
    let own = rotaryKeys + rule.baseKeys + keys + sliding.filter { !$0.isEmpty }
    return ComputationRule(of: own) { (configuration) throws(ModelError) in
      var settings: [RotarySetting?] = []
      var known: [ByteString: RotarySetting] = [:]
      for layer in 0..<(try configuration.layerCount()) {
        guard try turns?(configuration, layer) ?? true else {
          settings.append(nil)
          continue
        }
        var type = configuration.layerType(layer) ?? "full_attention"
        if let slides {
          type = try configuration.slides(layer, slides) ? "sliding_attention" : "full_attention"
        }
        if known[type] == nil { known[type] = try rule.setting(configuration, layers: type) }
        settings.append(known[type])
      }
      return [.rotations(settings)]
    }
  }

  /// Keys that say how queries and keys are rotated.
  static let rotaryKeys: [ByteString] = [
    "rope_parameters", "rope_scaling", "partial_rotary_factor", "original_max_position_embeddings",
  ]

  /// A sliding window in all layers.
  static func window(otherwise: Int?, when key: ByteString? = nil) -> ComputationRule {
    let keys: [ByteString] = ["sliding_window"] + (key.map { [$0] } ?? [])
    return ComputationRule(of: keys) { (configuration) throws(ModelError) in
      let layers = try configuration.layerCount()
      if let key, configuration[key]?.bool != true {
        return [.windows([Int?](repeating: nil, count: layers))]
      }
      let window = try configuration.reach(otherwise: otherwise)
      return [.windows([Int?](repeating: window, count: layers))]
    }
  }

  /// A sliding window in the layers that `layer_types` names, or that `slides` says where there is no
  /// such list.
  static func windows(
    otherwise: Int?, reading keys: [ByteString] = [], when key: ByteString? = nil,
    slides: @escaping @Sendable (Configuration, Int) throws(ModelError) -> Bool
  ) -> ComputationRule {
    let own: [ByteString] = ["sliding_window", "layer_types"] + keys + (key.map { [$0] } ?? [])
    return ComputationRule(of: own) { (configuration) throws(ModelError) in
      let layers = try configuration.layerCount()
      if let key, configuration[key]?.bool != true {
        return [.windows([Int?](repeating: nil, count: layers))]
      }
      var windows: [Int?] = []
      for layer in 0..<layers {
        windows.append(
          try configuration.slides(layer, slides)
            ? try configuration.reach(otherwise: otherwise) : nil)
      }
      return [.windows(windows)]
    }
  }

  /// How many experts each token has.
  static func chosenExperts(_ otherwise: Int) -> ComputationRule {
    ComputationRule("num_experts_per_tok") { (configuration) throws(ModelError) in
      [.chosenExperts(try configuration.optionalCount("num_experts_per_tok") ?? otherwise)]
    }
  }

  /// The same where only the configuration says it.
  static let namedExperts = ComputationRule("num_experts_per_tok") {
    (configuration) throws(ModelError) in
    guard let count = try configuration.optionalCount("num_experts_per_tok") else { return [] }
    return [.chosenExperts(count)]
  }

  /// What a class computes whatever its configuration says.
  static func always(_ settings: ComputationSetting...) -> ComputationRule {
    ComputationRule(of: []) { _ in settings }
  }
}

extension Configuration {
  /// Whether a switch is on; `null` switches off, as it does in Python.
  func isOn(_ key: ByteString, _ otherwise: Bool) -> Bool {
    has(key) ? self[key]?.bool ?? false : otherwise
  }

  /// The type of a layer, where the configuration lists them.
  func layerType(_ layer: Int) -> ByteString? {
    guard let types = self["layer_types"]?.array, types.indices.contains(layer) else { return nil }
    return types[layer].string
  }

  /// Whether a layer has a sliding window.
  func slides(
    _ layer: Int, _ otherwise: (Configuration, Int) throws(ModelError) -> Bool
  ) throws(ModelError) -> Bool {
    guard self["layer_types"]?.array != nil else { return try otherwise(self, layer) }
    switch layerType(layer) {
    case "sliding_attention"?: return true
    case "full_attention"?: return false
    case let type:
      throw ModelError(
        .invalidMetadata, "config.json",
        "'layer_types' says '\(type?.text ?? "nothing")' of layer \(layer): 'full_attention' or "
          + "'sliding_attention' is expected")
    }
  }

  /// The tokens up to its own that a token sees in a layer with a sliding window; nil where all.
  ///
  /// Where tokens see both sides, transformers counts the distance and not the tokens
  /// (`masking_utils.py`, `sliding_window_bidirectional_overlay`): one more on either side.
  func reach(otherwise: Int?) throws(ModelError) -> Int? {
    let window = try window(otherwise: otherwise)
    return self["is_causal"]?.bool == false ? window.map { $0 + 1 } : window
  }

  /// The length of a sliding window; nil where there is none.
  func window(otherwise: Int?) throws(ModelError) -> Int? {
    guard has("sliding_window") else { return otherwise }
    return try optionalCount("sliding_window").flatMap { $0 > 0 ? $0 : nil }
  }
}

extension ActivationFunction {
  /// The names of transformers' `ACT2FN`; those with parameters of their own are not known.
  static let transformersNames: [String: ActivationFunction] = [
    "silu": .silu, "swish": .silu, "gelu": .geluErf, "gelu_python": .geluErf,
    "gelu_new": .geluTanh, "gelu_pytorch_tanh": .geluTanh, "gelu_python_tanh": .geluTanh,
    "gelu_fast": .geluTanh, "gelu_accurate": .geluTanh, "gelu_10": .geluClipped,
    "quick_gelu": .quickGELU, "relu": .relu, "relu2": .reluSquared, "relu6": .relu6,
    "leaky_relu": .leakyRelu, "sigmoid": .sigmoid, "tanh": .tanh, "laplace": .laplace,
    "mish": .mish, "hardswish": .hardSwish, "linear": .linear, "sqrtsoftplus": .rootOfSoftplus,
  ]

  init?(transformers name: String) {
    guard let function = Self.transformersNames[name] else { return nil }
    self = function
  }
}
