/// What a model computes, as data: one walk over the layers interprets it, whatever the family.
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
  /// How every hidden state is normalized.
  package var normalization: Normalization
  /// How tokens become hidden states.
  package var embedding = Embedding()
  /// The layers, first to last.
  package var layers: [DecoderLayer]
  /// How hidden states become logits.
  package var head = Head()
  /// Whether a token sees only those before it; false for an encoder.
  package var isCausal = true

  /// Normalization of a hidden state.
  package struct Normalization: Hashable, Sendable {
    /// By root mean square, or by mean and variance.
    package enum Kind: Hashable, Sendable { case rootMeanSquare, layer }
    /// By what.
    package var kind: Kind
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
    /// Whether the last hidden state is normalized (`output_norm`).
    package var isNormalized = true
    /// Factor of the logits.
    package var scale: Float = 1
    /// Logits become cap × tanh(logit / cap).
    package var softcap: Float?

    /// The head of most models.
    package init() {}
  }
}

/// One layer: a mixer of tokens and a feed-forward network, each added to the hidden state.
package struct DecoderLayer: Hashable, Sendable {
  /// How the two branches are added.
  package enum Arrangement: Hashable, Sendable {
    /// x += mixer(norm(x)); x += network(norm(x))
    case sequential
    /// x += mixer(norm(x)) + network(norm(x))
    case parallel
    /// x = norm(x + mixer(x)); x = norm(x + network(x))
    case normalizedAfter
  }

  /// The part that lets tokens see each other.
  package enum Mixer: Hashable, Sendable {
    case attention(AttentionDescription)
    case latentAttention(LatentAttentionDescription)
    case stateSpace(StateSpaceDescription)
  }

  /// How the branches are added.
  package var arrangement = Arrangement.sequential
  /// The part that lets tokens see each other.
  package var mixer: Mixer
  /// The feed-forward network, if there is one.
  package var feedForward: FeedForwardDescription?
  /// Names of normalizations within the layer (`attn_norm`); nil where there is none.
  package var norms = Norms()
  /// Factor of each branch before it is added.
  package var residualScale: Float = 1

  /// Names of the layer's normalizations.
  package struct Norms: Hashable, Sendable {
    /// Before the mixer.
    package var beforeMixer: String?
    /// Of the mixer's output, before it is added; after it is added for `normalizedAfter`.
    package var afterMixer: String?
    /// Before the feed-forward network; in parallel layers without one the mixer's input serves.
    package var beforeNetwork: String?
    /// Of the network's output.
    package var afterNetwork: String?
  }
}
