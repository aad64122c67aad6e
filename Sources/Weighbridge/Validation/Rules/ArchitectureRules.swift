internal import WeighbridgeArchitectures
internal import WeighbridgeByteIO
internal import WeighbridgeConversion
internal import WeighbridgeEncodings
internal import WeighbridgeGGUF
internal import WeighbridgeInference
internal import WeighbridgeModelIR

/// Rules of `general.*` and of the keys and tensors of an architecture.
enum ArchitectureRules {
  static func identity(_ context: ValidationContext) -> [Finding] {
    guard context.opened.origin.isGGUF, context.opened.kind != .importance,
      context.opened.kind != .baseline
    else { return [] }
    guard let name = context.opened.metadata["general.architecture"]?.string?.text else {
      return [
        Finding(
          .architectureMissing, at: "general.architecture",
          context.opened.metadata["general.architecture"] == nil
            ? "the key is missing" : "it is no text",
          // Arrays that some program keeps in the container are no model.
          severity: context.opened.tensors.contains {
            $0.name == "token_embd.weight" || $0.name.hasPrefix("blk.")
          } ? .error : .warning)
      ]
    }
    guard !ReaderNames.llamaCppArchitectures.contains(name) else { return [] }
    return [Finding(.architectureUnknown, at: "general.architecture", "'\(name)'")]
  }

  /// What llama.cpp's `llama_model_base::load_hparams` asks of every architecture.
  static func requiredKeys(_ context: ValidationContext) -> [Finding] {
    guard context.isLanguageModel, !context.tensors.isEmpty,
      ReaderNames.llamaCppArchitectures.contains(context.keys.name)
    else { return [] }
    let keys = context.keys
    var findings: [Finding] = []
    for suffix: ByteString in ["context_length", "embedding_length", "block_count"] {
      switch keys[suffix] {
      case nil: findings.append(Finding(.keyMissing, at: keys.key(suffix).text, "it is missing"))
      case .uint32?: break
      case let value? where context.isGGUF:
        findings.append(
          Finding(
            .keyType, at: keys.key(suffix).text,
            "a uint32 is expected, \(value.typeName.lowercased()) found",
            repair: value.integer.flatMap { UInt32(exactly: $0) }
              .map { .set(keys.key(suffix).text, .uint32($0)) }))
      case .some: break
      }
    }
    return findings
  }

  /// Numbers that no model has.
  static func ranges(_ context: ValidationContext) -> [Finding] {
    guard context.isLanguageModel else { return [] }
    let keys = context.keys
    var findings: [Finding] = []
    func report(_ suffix: ByteString, _ message: String) {
      findings.append(Finding(.keyRange, at: keys.key(suffix).text, message))
    }
    for suffix: ByteString in ["context_length", "embedding_length", "block_count"] {
      if let value = keys.integer(suffix), value < 1 { report(suffix, "it is \(value)") }
    }
    for suffix: ByteString in ["attention.layer_norm_rms_epsilon", "attention.layer_norm_epsilon"] {
      if let value = keys.float(suffix), !(value > 0 && value < 0.1) {
        report(suffix, "it is \(value); models have 1e-12 to 1e-3")
      }
    }
    if let base = keys.float("rope.freq_base"), !(base >= 1 && base.isFinite) {
      report("rope.freq_base", "it is \(base)")
    }
    if let heads = keys.integer("attention.head_count"), heads > 0,
      let groups = keys.integer("attention.head_count_kv"), groups > 0, heads % groups != 0,
      keys["attention.head_count_kv"]?.array == nil, keys["attention.head_count"]?.array == nil
    {
      report("attention.head_count_kv", "\(groups) heads of keys for \(heads) of queries")
    }
    if let rotated = keys.integer("rope.dimension_count") {
      let width = headWidth(keys)
      if rotated < 0 || rotated % 2 != 0 || rotated > width ?? .max {
        report(
          "rope.dimension_count", "it is \(rotated), of heads of \(width.map { "\($0)" } ?? "?")")
      } else if rotated == 0, keys.name != "mpt", keys.name != "bloom" {
        report("rope.dimension_count", "it is 0, so that nothing is rotated")
      }
    }
    if let experts = keys.integer("expert_count"), let used = keys.integer("expert_used_count"),
      experts > 0, used < 1 || used > experts
    {
      report("expert_used_count", "\(used) of \(experts) experts")
    }
    return findings
  }

  /// Elements of a head of keys.
  static func headWidth(_ keys: ArchitectureKeys) -> Int? {
    if let width = keys.integer("attention.key_length") { return width }
    guard let width = keys.integer("embedding_length"), keys["attention.head_count"]?.array == nil,
      let heads = keys.integer("attention.head_count"), heads > 0
    else { return nil }
    return width / heads
  }

  static func layers(_ context: ValidationContext) -> [Finding] {
    guard context.isLanguageModel, !context.layers.isEmpty,
      let count = context.keys.integer("block_count"), count > 0
    else { return [] }
    let key = context.keys.key("block_count").text
    var findings: [Finding] = []
    let beyond = context.layers.filter { $0 >= count }
    if let first = beyond.min(), let last = beyond.max() {
      findings.append(
        Finding(
          .layerCount, at: key,
          "it says \(count), and there are tensors of layer \(first)"
            + (last > first ? " to \(last)" : "")))
    }
    let absent = (0..<min(count, 1 << 16)).filter { !context.layers.contains($0) }
    if let first = absent.first {
      findings.append(
        Finding(
          .layerCount, at: key,
          "it says \(count), and layer \(first)"
            + (absent.count > 1 ? " and \(absent.count - 1) others have" : " has") + " no tensor"))
    }
    return findings
  }

  /// The whole network, as it would be run: every tensor that it needs, of the right shape.
  static func network(_ context: ValidationContext) -> [Finding] {
    guard context.isLanguageModel, !context.tensors.isEmpty, let model = context.model else {
      return []
    }
    guard ArchitectureRegistry.traits(of: context.keys.name) != nil else {
      return [Finding(.uncheckable, at: "general.architecture", "'\(context.keys.name)'")]
    }
    do throws(InferenceError) { _ = try Decoder(model) } catch {
      switch error {
      case .model(let error):
        return [Finding(kind(of: error.code), at: error.subject, error.message)]
      case .format(let error): return [Finding(.noted, at: context.path, error.message)]
      }
    }
    return []
  }

  private static func kind(of code: ModelError.Code) -> FindingKind {
    switch code {
    case .missingTensor: .tensorMissing
    case .missingMetadata: .keyMissing
    case .invalidMetadata: .keyRange
    case .unsupportedSetting, .unsupportedArchitecture, .unsupportedEncoding,
      .unsupportedTokenizer:
      .unsupported
    case .shapeMismatch, .unmappedTensor, .nonFiniteValue, .notWritable, .invalidRequest:
      .tensorShape
    }
  }
}
