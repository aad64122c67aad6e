internal import WeighbridgeByteIO
package import WeighbridgeModelIR

/// What a model's metadata state of its tensors and its vocabulary, and is not so.
///
/// The checker takes such sizes from the tensors, so that its numbers are right; readers of the GGUF go by
/// the metadata.
package enum StatedSizes {
  /// A warning for each contradiction.
  package static func contradictions(in model: Model) -> [Diagnostic] {
    guard !model.tensors.isEmpty else { return [] }
    let keys = ArchitectureKeys(model.metadata)
    return networks(model, keys) + turning(keys) + specialTokens(model.metadata)
  }

  /// The width of feed-forward networks, of the first layer that has another.
  private static func networks(_ model: Model, _ keys: ArchitectureKeys) -> [Diagnostic] {
    // Arctic's networks beside its experts are as wide as its states (src/models/arctic.cpp).
    guard keys.name != "arctic" else { return [] }
    let parts: [(suffix: ByteString, key: ByteString)] = [
      ("ffn_down.weight", "feed_forward_length"),
      ("ffn_down_exps.weight", "expert_feed_forward_length"),
    ]
    // Qwen's number counts gate and up together (src/models/qwen.cpp).
    let divisor = keys.name == "qwen" ? 2 : 1
    for tensor in model.tensors {
      let name = tensor.name.text
      guard name.hasPrefix("blk."), let layer = Int(name.dropFirst(4).prefix { $0 != "." }),
        let (_, key) = parts.first(where: { name == "blk.\(layer).\($0.suffix)" }),
        let stated = keys.integer(key, layer: layer), stated / divisor != tensor.layout.rowLength
      else { continue }
      return [
        Diagnostic(
          .warning, "contradiction", at: keys.key(key).text,
          "it is \(stated), but '\(name)' is for \(tensor.layout.rowLength): llama.cpp refuses such a "
            + "file")
      ]
    }
    return []
  }

  /// The part of a head that turns, where llama.cpp turns whole heads (llama-model.cpp, `load_hparams`).
  private static func turning(_ keys: ArchitectureKeys) -> [Diagnostic] {
    guard ["llama", "deci", "falcon", "llama-embed"].contains(keys.name),
      let stated = keys.integer("rope.dimension_count"),
      let heads = keys.integer("attention.head_count"), heads > 0,
      let width = keys.integer("attention.key_length")
        ?? keys.integer("embedding_length").map({ $0 / heads }), stated != width
    else { return [] }
    return [
      Diagnostic(
        .warning, "contradiction", at: keys.key("rope.dimension_count").text,
        "it is \(stated), but heads have \(width) elements: llama.cpp refuses such a file")
    ]
  }

  /// Special tokens that the vocabulary does not have.
  private static func specialTokens(_ metadata: Metadata) -> [Diagnostic] {
    guard let count = metadata["tokenizer.ggml.tokens"]?.array?.count else { return [] }
    let beyond = metadata.entries.filter { entry in
      entry.key.hasPrefix("tokenizer.ggml.") && entry.key.hasSuffix("_token_id")
        && entry.value.integer.map { $0 < 0 || $0 >= count } ?? false
    }
    return beyond.map { entry in
      Diagnostic(
        .warning, "contradiction", at: entry.key.text,
        "it is \(entry.value.integer ?? 0), but the vocabulary has \(count) tokens: readers take "
          + "another token, or none")
    }
  }
}
