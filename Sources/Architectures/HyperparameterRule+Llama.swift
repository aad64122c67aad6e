internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension HyperparameterRule {
  /// The width of a head that takes part in the rotary embedding, whatever 'head_dim' says: the width
  /// shared out among the heads.
  static let sharedRopeWidth = HyperparameterRule.count("{arch}.rope.dimension_count") {
    (configuration) throws(ModelError) in
    try configuration.width() / configuration.headCount()
  }

  /// The part of each head that turns, of its own width; half of it where nothing else is said.
  static func turningWidth(otherwise factor: Double) -> HyperparameterRule {
    .count("{arch}.rope.dimension_count") { (configuration) throws(ModelError) in
      let key: ByteString = "partial_rotary_factor"
      let share = try Configuration.number(configuration.rope[key], [key]) ?? factor
      let width = share * Double(try configuration.headWidth())
      return width >= 0 && width <= Double(UInt32.max) ? Int(width) : nil
    }
  }

  /// What the converter says of checkpoints whose heads it has put into Llama's order.
  static let originalLayout = constant(
    "{arch}.tensor_data_layout", .string("Meta AI original pth"))

  /// Attention to both sides: models that fill in masked tokens.
  static let bothSides = constant("{arch}.attention.causal", .bool(false))

  /// The token that is filled in.
  static let maskToken = count("tokenizer.ggml.mask_token_id", "mask_token_id")
}

extension TensorRule {
  /// What a decoder in Llama's manner has in a layer beside attention, under its usual names.
  static let llamaNetwork: [TensorRule] =
    attentionNorm() + feedForwardNorm() + gatedFeedForward
}

extension TensorChange {
  /// A part of rows that hold all queries, then all keys, then all values.
  static func projection(_ part: Int) -> TensorChange {
    .arrange { (configuration, shape) throws(ModelError) in
      let width = try configuration.headWidth()
      let queries = try configuration.headCount() * width
      let keys = try configuration.keyValueHeadCount() * width
      let bounds = [0, queries, queries + keys, queries + 2 * keys]
      guard shape.dimensions.first == bounds[3] else {
        throw ModelError(
          .shapeMismatch, "config.json",
          "\(shape) is not \(queries) rows of queries and twice \(keys) of keys and values")
      }
      return try .slice(shape, bounds[part]..<bounds[part + 1], axis: 0)
    }
  }
}
