internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// Makes the frequencies of rotary positions of parameters, as the functions of transformers'
/// `modeling_rope_utils.py` do, in double precision.
struct FrequencyMaker {
  /// `rope_parameters`, or those of one type of layers.
  let parameters: JSONObject
  /// Whether the parameters stand in an object for their type of layers.
  let isNested: Bool
  /// The base of the frequencies.
  let base: Double
  /// How many elements turn.
  let width: Int
  /// The length that models were trained on before frequencies were stretched.
  let trained: Int
  /// `max_position_embeddings`.
  let longest: Int

  private var plain: [Double] { RotaryFrequencies.plain(base: base, width: width) }

  /// The rotation of a kind.
  func setting(_ kind: String) throws(ModelError) -> RotarySetting {
    switch kind {
    case "default": return RotarySetting(.fixed(plain))
    case "linear":
      let factor = try required("factor")
      return RotarySetting(.fixed(plain.map { $0 / factor }))
    case "dynamic":
      return RotarySetting(
        .dynamic(base: base, factor: try required("factor"), trained: longest, width: width))
    case "yarn": return try yarn()
    case "longrope": return try long()
    case "llama3": return RotarySetting(.fixed(try llama3()))
    case "proportional": return RotarySetting(.fixed(try proportional()))
    default:
      throw ModelError(
        .invalidMetadata, "config.json", "the kind of rotary scaling '\(kind)' is not known",
        hint: "known: default, linear, dynamic, yarn, longrope, llama3, proportional")
    }
  }

  /// `_compute_proportional_rope_parameters`: the first part of all pairs turns, the rest stand still.
  private func proportional() throws(ModelError) -> [Double] {
    let factor = try number("factor") ?? 1
    let part = try number("partial_rotary_factor") ?? 1
    guard factor != 0, factor.isFinite, (0...1).contains(part) else {
      throw invalid("partial_rotary_factor")
    }
    let turning = Int(part * Double(width) / 2)
    return plain.enumerated().map { $0.offset < turning ? $0.element / factor : 0 }
  }

  /// `_compute_yarn_parameters`: low frequencies divided, high ones kept, a ramp between.
  private func yarn() throws(ModelError) -> RotarySetting {
    let factor = try number("factor") ?? Double(longest) / Double(trained)
    guard factor > 0, base > 1, trained > 0 else { throw invalid("factor") }
    func pair(turning turns: Double) -> Double {
      Double(width) * log(Double(trained) / (turns * 2 * .pi)) / (2 * log(base))
    }
    func positive(_ key: ByteString, _ otherwise: Double) throws(ModelError) -> Double {
      let value = try number(key) ?? 0
      guard value >= 0 else { throw invalid(key) }
      return value == 0 ? otherwise : value
    }
    var low = pair(turning: try positive("beta_fast", 32))
    var high = pair(turning: try positive("beta_slow", 1))
    // Read beside the objects for types of layers, where there are such: never found there.
    if isNested || parameters["truncate"]?.bool ?? true { (low, high) = (floor(low), ceil(high)) }
    (low, high) = (max(low, 0), min(high, Double(width - 1)))
    if low == high { high += 0.001 }
    let values = plain.enumerated().map { pair, frequency in
      let stretched = min(1, max(0, (Double(pair) - low) / (high - low)))
      return frequency / factor * stretched + frequency * (1 - stretched)
    }
    return RotarySetting(.fixed(values), magnitude: Float(try yarnMagnitude(factor)))
  }

  private func yarnMagnitude(_ factor: Double) throws(ModelError) -> Double {
    if let given = try number("attention_factor") { return given }
    if let scale = try number("mscale"), let all = try number("mscale_all_dim"), scale != 0,
      all != 0
    {
      return Self.magnitude(factor, scale) / Self.magnitude(factor, all)
    }
    return Self.magnitude(factor, 1)
  }

  /// YaRN's factor of attention: 0.1 × scale × log(factor) + 1.
  static func magnitude(_ factor: Double, _ scale: Double) -> Double {
    factor <= 1 ? 1 : 0.1 * scale * log(factor) + 1
  }

  /// `_compute_longrope_parameters`: a divisor for each frequency, others beyond the trained length.
  private func long() throws(ModelError) -> RotarySetting {
    let factor = try number("factor") ?? Double(longest) / Double(max(trained, 1))
    var magnitude = 1.0
    if let given = try number("attention_factor") {
      magnitude = given
    } else if factor > 1, trained > 1 {
      magnitude = (1 + log(factor) / log(Double(trained))).squareRoot()
    }
    let short = try divided("short_factor")
    let long = try divided("long_factor")
    return RotarySetting(
      .byLength(length: trained, short: short, long: long), magnitude: Float(magnitude))
  }

  /// The factor of cosine and sine that PhiMoE's parameters name, as `PhimoeRotaryEmbedding` takes it.
  func namedMagnitude() throws(ModelError) -> Float {
    let (short, long) = (try required("short_mscale"), try required("long_mscale"))
    guard short == long else {
      throw ModelError(
        .unsupportedSetting, "config.json",
        "'short_mscale' is \(short) and 'long_mscale' \(long): factors that differ by the length of a "
          + "text are not computed")
    }
    return Float(short)
  }

  private func divided(_ key: ByteString) throws(ModelError) -> [Double] {
    let frequencies = plain
    guard let values = parameters[key]?.array, values.count == frequencies.count else {
      throw ModelError(
        .invalidMetadata, "config.json",
        "'\(key)' must be \(frequencies.count) numbers, one for each pair that is rotated")
    }
    var result: [Double] = []
    for (frequency, value) in zip(frequencies, values) {
      guard let divisor = value.double, divisor != 0 else { throw invalid(key) }
      result.append(frequency / divisor)
    }
    return result
  }

  /// `_compute_llama3_parameters`: long waves slowed, short ones kept, those between blended.
  private func llama3() throws(ModelError) -> [Double] {
    let factor = try required("factor")
    let low = try required("low_freq_factor")
    let high = try required("high_freq_factor")
    return try plain.map { (frequency) throws(ModelError) in
      let wave = 2 * Double.pi / frequency
      if wave < Double(trained) / high { return frequency }
      if wave > Double(trained) / low { return frequency / factor }
      // Llama 4 has the same for both: no wave is between them.
      guard high != low else { throw invalid("high_freq_factor") }
      let smooth = (Double(trained) / wave - low) / (high - low)
      return (1 - smooth) * frequency / factor + smooth * frequency
    }
  }

  private func number(_ key: ByteString) throws(ModelError) -> Double? {
    guard let value = parameters[key], !value.isNull else { return nil }
    return try Configuration.number(value, [key])
  }

  private func required(_ key: ByteString) throws(ModelError) -> Double {
    guard let value = try number(key), value.isFinite, value != 0 else {
      throw ModelError(
        .missingMetadata, "config.json",
        "'\(key)' of the rotary parameters is missing or zero")
    }
    return value
  }

  private func invalid(_ key: ByteString) -> ModelError {
    ModelError(
      .invalidMetadata, "config.json", "'\(key)' of the rotary parameters cannot be used")
  }
}
