internal import WeighbridgeArchitectures
internal import WeighbridgeModelIR

extension AttentionDescription {
  /// Reads everything but the rotation.
  init(_ site: LayerSite) throws(ModelError) {
    let (facts, layer) = (site.facts, site.index)
    guard let heads = try facts.optionalCount("attention.head_count", layer: layer) else {
      throw ModelError(
        .missingMetadata, facts.key("attention.head_count"), "no heads in layer \(layer)")
    }
    let groups = try facts.optionalCount("attention.head_count_kv", layer: layer) ?? heads
    guard heads % groups == 0 else {
      throw ModelError(
        .invalidMetadata, facts.key("attention.head_count_kv"),
        "\(heads) query heads cannot share \(groups) key heads")
    }
    let isWindowed = try Self.isWindowed(site, layer)
    let keyWidth = try site.headWidth("attention.key_length", heads: heads, isWindowed: isWindowed)
    let valueWidth = try site.headWidth(
      "attention.value_length", heads: heads, isWindowed: isWindowed)
    let own = try facts.traits.scoreScale(facts)
    self.init(
      heads: heads, keyValueHeads: groups, keyWidth: keyWidth, valueWidth: valueWidth,
      scale: facts.nonZero("attention.scale") ?? own
        ?? Float(1 / Double(keyWidth).squareRoot()))
    isCausal = facts.isCausal
    pairing = facts.rotary ?? .halves
    softcap = facts.nonZero("attn_logit_softcapping")
    largestBias = try facts.traits.largestBias(facts)
    if let bias = facts.nonZero("attention.max_alibi_bias") { largestBias = bias }
    clamp = facts.nonZero("attention.clamp_kqv")
    queryKeyNorm = try Self.queryKeyNorm(site, heads: heads, keyWidth: keyWidth)
    if isWindowed,
      let length = try facts.optionalCount("attention.sliding_window")
        ?? facts.traits.windowOtherwise
    {
      window =
        switch facts.traits.windowKind {
        case .sliding: AttentionWindow(back: length)
        case .symmetric: AttentionWindow(back: length / 2 + 1, ahead: length / 2)
        case .chunked: AttentionWindow(chunk: length)
        }
    }
    normalizesRotated = facts.traits.normalizesRotated
    isGated = site.rows("attn_q.weight") == 2 * heads * keyWidth && valueWidth == keyWidth
    hasOutputGate = site.has("attn_gate.weight")
    normalizesValues = facts.traits.normalizesValues
    keysAreValues =
      facts.traits.keysServeAsValues && site.has("attn_k.weight") && !site.has("attn_v.weight")
    try share(site)
    buckets = try facts.optionalCount("attention.relative_buckets_count").map {
      RelativeBuckets(count: $0)
    }
    // Mistral 3 counts stretches of the trained length (llama-graph.cpp, `build_inp_attn_scale`).
    if let scale = facts.nonZero("attention.temperature_scale") {
      temperature = QueryTemperature(
        scale: scale, offset: 0,
        length: try facts.count("rope.scaling.original_context_length"))
    }
  }

  private static func queryKeyNorm(
    _ site: LayerSite, heads: Int, keyWidth: Int
  ) throws(ModelError) -> QueryKeyNorm? {
    let name = "attn_q_norm.weight"
    guard let elements = site.elements(name) else { return nil }
    if elements == keyWidth { return .head }
    guard elements == heads * keyWidth else {
      throw ModelError(
        .shapeMismatch, site.prefix + name,
        "\(keyWidth) or \(heads * keyWidth) elements expected, not \(elements)")
    }
    // One row of all heads together, or a row of weights for each head.
    return site.rows(name) == 1 ? .whole : .headWeights
  }

  /// Whether a layer sees only a window.
  static func isWindowed(_ site: LayerSite, _ layer: Int) throws(ModelError) -> Bool {
    let facts = site.facts
    let key = "attention.sliding_window_pattern"
    let length = "attention.sliding_window"
    guard site.traits.windowed != .none,
      try facts.optionalCount(length)
        ?? (facts.has(key: length) ? nil : site.traits.windowOtherwise)
        != nil
    else { return false }
    if let flag = facts.flag(key, layer: layer) { return flag }
    switch site.traits.windowed {
    case .none: return false
    case .all: return try facts.optionalCount(key).map { (layer + 1) % $0 != 0 } ?? true
    case .allBut(let usual, let isFirst):
      let period = try facts.optionalCount(key) ?? usual
      return isFirst ? layer % period != 0 : (layer + 1) % period != 0
    }
  }
}

extension LayerSite {
  /// Elements of a key or a value: layers with a window may have their own number of them.
  fileprivate func headWidth(
    _ key: String, heads: Int, isWindowed: Bool
  ) throws(ModelError) -> Int {
    if isWindowed, let width = try facts.optionalCount(key + "_swa", layer: index) { return width }
    return try facts.optionalCount(key, layer: index) ?? max(1, facts.width / heads)
  }
}
