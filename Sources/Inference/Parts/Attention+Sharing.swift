internal import WeighbridgeArchitectures
internal import WeighbridgeModelIR

// Layers at a model's end may have no keys and values of their own, as in Gemma 3n and 4: the last layer
// of the same kind that has them, with a window or without, keeps its own for them.

extension AttentionDescription {
  /// Columns of all keys.
  var keyColumns: Int { keyValueHeads * keyWidth }
  /// Columns of all values.
  var valueColumns: Int { keyValueHeads * valueWidth }

  /// Finds out whose keys serve a layer, and whether its own serve others.
  mutating func share(_ site: LayerSite) throws(ModelError) {
    let (facts, layer) = (site.facts, site.index)
    let key = "attention.shared_kv_layers"
    guard let shared = try facts.optionalCount(key) else { return }
    let first = facts.layerCount - shared
    guard first > 0 else {
      throw ModelError(
        .invalidMetadata, facts.key(key),
        "\(shared) of \(facts.layerCount) layers cannot use the keys of others")
    }
    let isWindowed = try Self.isWindowed(site, layer)
    func last(below end: Int) throws(ModelError) -> Int? {
      for other in (0..<end).reversed() where try Self.isWindowed(site, other) == isWindowed {
        return other
      }
      return nil
    }
    guard layer >= first else {
      guard try last(below: first) == layer else { return }
      for other in first..<facts.layerCount where try Self.isWindowed(site, other) == isWindowed {
        keepsKeys = true
        return
      }
      return
    }
    sharedLayer = try last(below: first)
    guard sharedLayer != nil else {
      throw ModelError(
        .invalidMetadata, facts.key(key),
        "layer \(layer) has no keys of its own, and no layer of its kind before \(first) has any")
    }
  }
}

extension Attention {
  /// The projections of a hidden state: keys and values only where the layer has its own.
  static func inputs(
    _ description: AttentionDescription, queries: Int, _ site: LayerSite
  ) throws(InferenceError) -> [Linear] {
    let width = site.width
    let (keys, values) = (description.keyColumns, description.valueColumns)
    if site.has("attn_qkv.weight"), description.sharedLayer == nil {
      return [
        try site.linear("attn_qkv.weight", outputs: queries + keys + values, inputs: width)
      ]
    }
    var inputs = [try site.linear("attn_q.weight", outputs: queries, inputs: width)]
    guard description.sharedLayer == nil else { return inputs }
    inputs.append(try site.linear("attn_k.weight", outputs: keys, inputs: width))
    guard !description.keysAreValues else { return inputs }
    inputs.append(try site.linear("attn_v.weight", outputs: values, inputs: width))
    return inputs
  }

  /// A layer's own keys and values, behind the queries; or those of an earlier layer.
  func keysAndValues(behind column: Int, of wide: Matrix, on walk: DecoderWalk) -> (Matrix, Matrix)
  {
    let (keys, values) = (description.keyColumns, description.valueColumns)
    let both =
      description.sharedLayer.map { walk.keptKeys(of: $0) }
      ?? wide.columns(column..<column + keys + values)
    return (both.columns(0..<keys), both.columns(keys..<keys + values))
  }

  /// Takes keys for values where there are no others, and normalizes values.
  func prepareValues(_ keys: Matrix, _ values: Matrix, on walk: DecoderWalk) {
    guard description.keysAreValues || description.normalizesValues else { return }
    let width = description.valueWidth
    let plain = NormWeights(weight: nil, bias: nil, kind: kind)
    walk.forRows(values.rows) { rows in
      let own = values.rows(rows)
      if description.keysAreValues { own.copy(keys.rows(rows)) }
      guard description.normalizesValues else { return }
      for head in 0..<description.keyValueHeads {
        let part = own.columns(head * width..<(head + 1) * width)
        part.normalize(part, plain)
      }
    }
  }

  /// Keeps keys and values for later layers.
  func keep(_ keys: Matrix, _ values: Matrix, on walk: DecoderWalk) {
    guard description.keepsKeys else { return }
    let kept = walk.keptKeys(of: layer)
    walk.forRows(keys.rows) { rows in
      let target = kept.rows(rows)
      target.columns(0..<keys.columns).copy(keys.rows(rows))
      target.columns(keys.columns..<target.columns).copy(values.rows(rows))
    }
  }
}
