package import WeighbridgeArchitectures
internal import WeighbridgeModelIR

/// What a model computes outside its layers, as data.
///
/// Everything is proven positive and small enough that products of a few of the numbers fit.
package struct DecoderDescription: Hashable, Sendable {
  /// `general.architecture`.
  package var architecture: String
  /// Elements of a hidden state.
  package var width: Int
  /// Rows of the embedding.
  package var vocabularySize: Int
  /// The longest window that the model was trained on; nil where the metadata does not say.
  package var contextLength: Int?
  /// How hidden states are normalized, where nothing else is said.
  package var normalization: Normalization
  /// How tokens become hidden states.
  package var embedding = Embedding()
  /// How hidden states become logits.
  package var head = Head()
  /// Whether a token sees only those before it; false for an encoder.
  package var isCausal = true
  /// What a text that is written begins with, for a model that reads another one; nil for all others.
  package var firstToken: Int?

  /// Normalization of a vector.
  package struct Normalization: Hashable, Sendable {
    /// By what.
    package var kind: DecoderTraits.Norm
    /// Added to the mean square.
    package var epsilon: Float
  }

  /// How tokens become hidden states.
  package struct Embedding: Hashable, Sendable {
    /// Factor of the token's row.
    package var scale: Float = 1
    /// Learned positions are added (`position_embd`); their number.
    package var positions: Int?
    /// The row of `token_types` is added.
    package var hasTokenTypes = false
    /// The sum is normalized (`token_embd_norm`).
    package var isNormalized = false
  }

  /// How hidden states become logits.
  package struct Head: Hashable, Sendable {
    /// The tensor that is multiplied with: `output.weight`, or the embedding's; nil where the model
    /// ends in hidden states.
    package var weight: String? = "output.weight"
    /// Whether the last hidden state is normalized.
    package var isNormalized = true
    /// The name of that norm.
    package var norm = "output_norm"
    /// Factor of the logits.
    package var scale: Float = 1
    /// Logits become cap × tanh(logit / cap).
    package var softcap: Float?

    /// The head of most models.
    package init() {}
  }
}

extension DecoderDescription {
  /// Describes a model by its metadata (GGUF's keys), the names of its tensors and its family's traits.
  init(_ facts: DecoderFacts) throws(ModelError) {
    let traits = facts.traits
    // Nemotron H has the one key and the other norm.
    let keys = ["attention.layer_norm_rms_epsilon", "attention.layer_norm_epsilon"]
    let epsilons = (traits.norm == .layer ? keys.reversed() : keys).compactMap { facts.float($0) }
    self.init(
      architecture: facts.name, width: facts.width,
      vocabularySize: facts.rows("token_embd.weight") ?? 0,
      contextLength: try facts.optionalCount("context_length"),
      normalization: Normalization(kind: traits.norm, epsilon: epsilons.first ?? 1e-5))
    guard vocabularySize > 0 else {
      throw ModelError(.missingTensor, "token_embd.weight", "the model has no embedding")
    }
    embedding = Embedding(
      scale: facts.float("embedding_scale")
        ?? traits.embeddingScale ?? (traits.scalesEmbedding ? Float(width).squareRoot() : 1),
      positions: facts.rows("position_embd.weight"),
      hasTokenTypes: facts.has("token_types.weight"),
      isNormalized: facts.has("token_embd_norm.weight") && traits.finalNorm != "token_embd_norm")
    // A model whose hidden states are pooled has no use for the embeddings as a head.
    let pools = try facts.optionalCount("pooling_type") != nil
    head.weight =
      facts.has("output.weight") ? "output.weight" : pools ? nil : "token_embd.weight"
    if traits.isEncoder {
      head.weight = nil
    }
    isCausal = facts.isCausal
    head.norm = traits.finalNorm
    head.isNormalized =
      traits.hasPlainNorms || facts.has(traits.layerPrefix + head.norm + ".weight")
    firstToken = try facts.encoder.map { (_) throws(ModelError) in
      try facts.optionalCount("decoder_start_token_id") ?? 0
    }
    head.softcap = facts.nonZero("final_logit_softcapping")
    if let scale = facts.nonZero("logit_scale") {
      head.scale = traits.dividesByLogitScale ? 1 / scale : scale
    } else if let scale = traits.logitScale(facts) {
      head.scale = scale
    }
    for setting in facts.settings { follow(setting) }
  }
}
