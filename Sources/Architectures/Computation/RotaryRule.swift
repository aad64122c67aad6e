internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// How a family's configuration says how queries and keys are rotated.
///
/// Follows transformers' `modeling_rope_utils.py`: `RotaryEmbeddingConfigMixin` for where a parameter
/// may stand, the functions in `ROPE_INIT_FUNCTIONS` for what is made of it.
struct RotaryRule: Sendable {
  /// Which part of a head turns.
  enum Part: Sendable {
    /// All of it, whatever the configuration says.
    case whole
    /// `partial_rotary_factor` of it.
    case factor(otherwise: Double, keys: [ByteString])
  }

  /// The base where nothing is said.
  var base: Double = 10_000
  /// Where the base may stand, but in the parameters.
  var baseKeys: [ByteString] = ["rope_theta"]
  /// Which part of a head turns.
  var part = Part.whole
  /// Layers with a sliding window have parameters of their own, and a base where nothing is said.
  var slidingBase: (key: ByteString, otherwise: Double)?
  /// Whether `rope_scaling` is about layers with a sliding window, too.
  var scalesSliding = false
  /// Elements of a head, where `head_dim` is not it.
  var headWidth: (@Sendable (Configuration) throws(ModelError) -> Int)?
  /// Parameters where the configuration has none.
  var otherwise: JSONObject?
  /// Older names of kinds.
  var kinds: [String: String] = [:]
  /// A key that says how many elements turn, where no factor does.
  var widthKey: ByteString?
  /// Whether a fixed `alpha` stretches the base of "dynamic" for texts of any length (Hunyuan).
  var stretchesBaseByAlpha = false
  /// Whether the parameters name the factors of cosine and sine, for short texts and long (PhiMoE).
  var namesMagnitudes = false
  /// The length that models were trained on, where `original_max_position_embeddings` is missing.
  var trainedOtherwise: Int?

  /// The rotation of layers of a type; `full_attention` where all are the same.
  func setting(
    _ configuration: Configuration, layers type: ByteString = "full_attention"
  ) throws(ModelError) -> RotarySetting {
    let (parameters, isNested) = parameters(configuration, layers: type)
    let whole = try wholeWidth(configuration)
    let name = parameters["rope_type"]?.text ?? parameters["type"]?.text ?? "default"
    var kind = kinds[name] ?? name
    let width = try turningWidth(configuration, parameters, of: whole, kind: kind)
    var base = try base(configuration, parameters, type)
    if stretchesBaseByAlpha, kind == "dynamic", width > 2,
      let alpha = try Configuration.number(parameters["alpha"], ["alpha"]), alpha > 0
    {
      kind = "default"
      base *= pow(alpha, Double(width) / Double(width - 2))
    }
    let maker = FrequencyMaker(
      parameters: parameters, isNested: isNested, base: base, width: width,
      trained: try trained(configuration, parameters, isNested: isNested),
      longest: try configuration.optionalCount("max_position_embeddings", "n_positions") ?? 2048)
    var setting = try maker.setting(kind)
    if namesMagnitudes, kind != "default" { setting.magnitude = try maker.namedMagnitude() }
    guard setting.frequencies.pairs <= (whole + 1) / 2 else {
      throw ModelError(
        .invalidMetadata, "config.json",
        "\(setting.frequencies.pairs) pairs of elements cannot be rotated in a head of \(whole)")
    }
    return setting
  }

  private func wholeWidth(_ configuration: Configuration) throws(ModelError) -> Int {
    if let headWidth { return try headWidth(configuration) }
    return try configuration.headWidth()
  }

  /// The parameters of layers of a type, and whether they stand in an object for that type.
  private func parameters(
    _ configuration: Configuration, layers type: ByteString
  ) -> (JSONObject, isNested: Bool) {
    let scaling = configuration["rope_scaling"]?.object
    let given = configuration["rope_parameters"]?.object
    if slidingBase != nil {
      // `convert_rope_params_to_dict` of Gemma 3 and Olmo 3: a scaling that is only a `type` stays unheard.
      var own = given?[type]?.object ?? JSONObject()
      if own["rope_type"] == nil, given == nil { own["rope_type"] = "default" }
      if type == "full_attention" || scalesSliding, let scaling {
        for member in scaling.members { own[member.key] = member.value }
      }
      return (own, true)
    }
    let all =
      scaling.flatMap { $0.members.isEmpty ? nil : $0 } ?? given ?? otherwise ?? JSONObject()
    if let own = all[type]?.object { return (own, true) }
    return (all, false)
  }

  private func base(
    _ configuration: Configuration, _ parameters: JSONObject, _ type: ByteString
  ) throws(ModelError) -> Double {
    if let value = parameters["rope_theta"], !value.isNull {
      return try Configuration.number(value, ["rope_theta"]) ?? base
    }
    if let slidingBase, type == "sliding_attention" {
      return try configuration.optionalNumber(slidingBase.key) ?? slidingBase.otherwise
    }
    return try Configuration.number(configuration.first(of: baseKeys), baseKeys) ?? base
  }

  /// How many elements turn.
  private func turningWidth(
    _ configuration: Configuration, _ parameters: JSONObject, of whole: Int, kind: String
  ) throws(ModelError) -> Int {
    let key: ByteString = "partial_rotary_factor"
    // What does not turn has a frequency of 0 there.
    guard kind != "proportional" else { return whole }
    var factor = try Configuration.number(parameters[key].flatMap { $0.isNull ? nil : $0 }, [key])
    switch part {
    case .whole:
      // Kinds but the plain one ask for it in every family; transformers fails where it is not 1.
      guard kind != "default" else { return whole }
      if factor == nil { factor = try configuration.optionalNumber(key) }
    case .factor(let otherwise, let keys):
      if factor == nil { factor = try Configuration.number(configuration.first(of: keys), keys) }
      if factor == nil, let widthKey, let count = try configuration.optionalCount(widthKey) {
        factor = Double(count) / Double(max(whole, 1))
      }
      factor = factor ?? otherwise
    }
    let width = (factor ?? 1) * Double(whole)
    guard width >= 1, width <= Double(whole) else {
      throw ModelError(
        .invalidMetadata, "config.json",
        "'\(key)' is \(factor ?? 1): a number above 0, at most 1, is expected")
    }
    guard case .whole = part, Int(width) != whole else { return Int(width) }
    throw ModelError(
      .invalidMetadata, "config.json",
      "'\(key)' is \(factor ?? 1), but heads of this family turn as a whole")
  }

  /// The length of texts that the model was trained on before frequencies were stretched.
  private func trained(
    _ configuration: Configuration, _ parameters: JSONObject, isNested: Bool
  ) throws(ModelError) -> Int {
    let key: ByteString = "original_max_position_embeddings"
    if !isNested, let length = try configuration.optionalCount(key) { return length }
    if !isNested, let trainedOtherwise { return trainedOtherwise }
    if let value = parameters[key], !value.isNull { return try Configuration.count(value, [key]) }
    return try configuration.optionalCount("max_position_embeddings", "n_positions") ?? 2048
  }
}
