internal import WeighbridgeByteIO
internal import WeighbridgeCheckpoints
internal import WeighbridgeJSON
package import WeighbridgeModelIR

/// A low-rank adapter as PEFT stores it: for each tensor W of a checkpoint two small ones, so that
/// W + factor · B · A is meant.
package struct LoRAAdapter: Sendable {
  /// The two parts for one tensor.
  struct Pair: Sendable {
    /// `[rank, inputs]`.
    var a: Tensor
    /// `[outputs, rank]`.
    var b: Tensor
    /// What B · A is multiplied with: alpha / rank, or alpha / √rank.
    var factor: Double
    /// Whether the product is turned over: embeddings, and layers that are stored inputs by outputs.
    var isTransposed: Bool
    /// The length of each row of W + factor · B · A, where the adapter gives it (DoRA).
    var magnitudes: Tensor?
    var rank: Int { a.layout.shape.dimensions.first ?? 0 }
  }

  /// Pairs by the checkpoint's name for the tensor, in the order of the file.
  let pairs: [(name: ByteString, pair: Pair)]
  /// Whole tensors that the adapter replaces, by the checkpoint's name.
  let replaced: [Tensor]
  /// Rows of embeddings that it replaces (`trainable_token_indices`).
  let tokens: [(name: ByteString, ids: [Int], rows: Tensor)]
  /// Whether a head that repeats the embeddings changes with them (`ensure_weight_tying`).
  let tiesHead: Bool
  /// `lora_alpha`.
  let alpha: Double
  /// Whether ranks count by their root.
  let usesRoot: Bool
  /// Where the adapter came from.
  let files: CheckpointFiles
  /// `base_model_name_or_path`.
  package let baseModel: String?

  /// Reads the configuration and pairs the tensors up; throws where anything is left over.
  package init(_ model: Model) throws(ModelError) {
    guard let tree = model.companions else {
      throw ModelError(
        .missingMetadata, model.origin.files.first?.path ?? "the adapter",
        "there is no adapter_config.json beside the tensors")
    }
    let files = CheckpointFiles(tree)
    let document: JSONValue
    do { document = try files.requiredJSON("adapter_config.json") } catch {
      throw ModelError(.missingMetadata, error.source, error.message, hint: error.hint)
    }
    let settings = try LoRASettings(document)
    self.files = files
    alpha = settings.alpha
    usesRoot = settings.usesRoot
    baseModel = document["base_model_name_or_path"]?.text
    tiesHead = settings.tiesHead
    let parts = try AdapterParts(model.tensors, settings)
    (pairs, replaced, tokens) = (parts.pairs, parts.replaced, parts.tokens)
  }
}
