internal import WeighbridgeByteIO
internal import WeighbridgeCheckpoints
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

/// A head that repeats the embeddings: what an adapter does to one of them it does not do to the other,
/// and a checkpoint with one tensor for both cannot hold that.
enum TiedHead {
  private static let heads = ["lm_head.weight", "embed_out.weight", "output.weight"]
  private static let embeddings = [
    "embed_tokens.weight", "wte.weight", "embed_in.weight", "word_embeddings.weight",
  ]

  private static func ends(_ name: ByteString, _ list: [String]) -> Bool {
    let text = name.text
    return list.contains { text == $0 || text.hasSuffix("." + $0) }
  }

  /// Whether a tensor is the head.
  static func isHead(_ name: ByteString) -> Bool {
    ends(name, ["lm_head.weight", "embed_out.weight"])
  }

  /// Whether a tensor is the head or the embeddings.
  static func concerns(_ name: ByteString) -> Bool { isHead(name) || ends(name, embeddings) }

  /// Whether a checkpoint has a head that is not stored.
  static func isTied(_ model: Model) -> Bool {
    guard let tree = model.companions,
      let document = try? CheckpointFiles(tree).json("config.json"),
      let name = document["architectures"]?.array?.first?.text
    else { return false }
    let hasHead = ["CausalLM", "LMHead", "ConditionalGeneration"].contains { name.contains($0) }
    return hasHead && !model.tensors.contains { ends($0.name, heads) }
  }

  static func error(_ name: ByteString) -> ModelError {
    ModelError(
      .unmappedTensor, "tensor '\(name)'",
      "the adapter changes it, but the checkpoint's head repeats its embeddings, and only one of the two "
        + "is meant",
      hint:
        "untie them first (config tie_word_embeddings false, with lm_head.weight), or train with "
        + "ensure_weight_tying")
  }
}
