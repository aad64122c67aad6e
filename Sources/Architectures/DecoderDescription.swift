/// What a model computes, as data: one walk over the layers interprets it, whatever the family.
///
/// Everything is proven positive and small enough that products of a few of the numbers fit.
public struct DecoderDescription: Hashable, Sendable {
  /// `general.architecture`.
  public var architecture: String
  /// Elements of a hidden state.
  public var width: Int
  /// Rows of the embedding.
  public var vocabularySize: Int
  /// The longest window that the model was trained on; nil where the metadata does not say.
  public var contextLength: Int?
  /// How every hidden state is normalized.
  public var normalization: Normalization
  /// How tokens become hidden states.
  public var embedding = Embedding()
  /// The layers, first to last.
  public var layers: [DecoderLayer]
  /// How hidden states become logits.
  public var head = Head()
  /// Whether a token sees only those before it; false for an encoder.
  public var isCausal = true

  /// Normalization of a hidden state.
  public struct Normalization: Hashable, Sendable {
    /// By root mean square, or by mean and variance.
    public enum Kind: Hashable, Sendable { case rootMeanSquare, layer }
    /// By what.
    public var kind: Kind
    /// Added to the mean square.
    public var epsilon: Float
  }

  /// How tokens become hidden states.
  public struct Embedding: Hashable, Sendable {
    /// Factor of the token's row.
    public var scale: Float = 1
    /// Learned positions are added (`position_embd`); their number.
    public var positions: Int?
    /// The row of `token_types` is added.
    public var hasTokenTypes = false
    /// The sum is normalized (`token_embd_norm`).
    public var isNormalized = false
  }

  /// How hidden states become logits.
  public struct Head: Hashable, Sendable {
    /// The tensor that is multiplied with: `output.weight`, or the embedding's; nil where the model
    /// ends in hidden states.
    public var weight: String? = "output.weight"
    /// Whether the last hidden state is normalized (`output_norm`).
    public var isNormalized = true
    /// Factor of the logits.
    public var scale: Float = 1
    /// Logits become cap × tanh(logit / cap).
    public var softcap: Float?

    /// The head of most models.
    public init() {}
  }
}

/// One layer: a mixer of tokens and a feed-forward network, each added to the hidden state.
public struct DecoderLayer: Hashable, Sendable {
  /// How the two branches are added.
  public enum Arrangement: Hashable, Sendable {
    /// x += mixer(norm(x)); x += network(norm(x))
    case sequential
    /// x += mixer(norm(x)) + network(norm(x))
    case parallel
    /// x = norm(x + mixer(x)); x = norm(x + network(x))
    case normalizedAfter
  }

  /// The part that lets tokens see each other.
  public enum Mixer: Hashable, Sendable {
    case attention(AttentionDescription)
    case latentAttention(LatentAttentionDescription)
    case stateSpace(StateSpaceDescription)
  }

  /// How the branches are added.
  public var arrangement = Arrangement.sequential
  /// The part that lets tokens see each other.
  public var mixer: Mixer
  /// The feed-forward network, if there is one.
  public var feedForward: FeedForwardDescription?
  /// Names of normalizations within the layer (`attn_norm`); nil where there is none.
  public var norms = Norms()
  /// Factor of each branch before it is added.
  public var residualScale: Float = 1

  /// Names of the layer's normalizations.
  public struct Norms: Hashable, Sendable {
    /// Before the mixer.
    public var beforeMixer: String?
    /// Of the mixer's output, before it is added; after it is added for `normalizedAfter`.
    public var afterMixer: String?
    /// Before the feed-forward network; in parallel layers without one the mixer's input serves.
    public var beforeNetwork: String?
    /// Of the network's output.
    public var afterNetwork: String?
  }
}
