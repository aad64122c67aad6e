// The parts of a layer: attention, rotary positions, feed-forward networks and experts.

/// Multi-head attention with grouped keys and values.
public struct AttentionDescription: Hashable, Sendable {
  /// Query heads.
  public var heads: Int
  /// Key and value heads; divides `heads`.
  public var keyValueHeads: Int
  /// Elements of a query and a key.
  public var keyWidth: Int
  /// Elements of a value.
  public var valueWidth: Int
  /// Factor of the scores.
  public var scale: Float
  /// Rotation of queries and keys; nil for none.
  public var rotary: Rotary?
  /// Whether queries, keys and values come from one tensor (`attn_qkv`).
  public var isFused = false
  /// How far back a query sees, itself included; nil for all.
  public var window: Int?
  /// Scores become cap × tanh(score / cap).
  public var softcap: Float?
  /// ALiBi: the largest bias.
  public var largestBias: Float?
  /// Queries, keys and values are held within ±limit.
  public var clamp: Float?
  /// Normalization of queries and keys (`attn_q_norm`, `attn_k_norm`).
  public var queryKeyNorm: QueryKeyNorm?
  /// One more score for each head takes part in the softmax (`attn_sinks`).
  public var hasSinks = false

  /// Over what queries and keys are normalized.
  public enum QueryKeyNorm: Hashable, Sendable {
    /// Over each head, with one weight for all.
    case head
    /// Over each head, with a weight for each.
    case headWeights
    /// Over all heads together.
    case whole
  }
}

/// Rotary positions.
public struct Rotary: Hashable, Sendable {
  /// Which elements form a pair.
  public enum Pairing: Hashable, Sendable {
    /// (2i, 2i + 1): GGUF's Llama.
    case interleaved
    /// (i, i + width/2): as in transformers.
    case halves
  }

  /// How frequencies are stretched for contexts longer than trained.
  public enum Scaling: Hashable, Sendable {
    case none
    /// All divided by the factor.
    case linear(Float)
    /// Each divided by its element of the tensor (`rope_freqs.weight`).
    case factors(String)
    /// YaRN: low frequencies divided, high ones kept, a ramp between, whose ends are rounded to
    /// whole pairs or not.
    case yarn(
      factor: Float, originalContext: Int, fast: Float, slow: Float, roundsRamp: Bool)
  }

  /// Which elements form a pair.
  public var pairing: Pairing
  /// How many elements of a head are rotated: the first ones.
  public var width: Int
  /// The base of the frequencies.
  public var base: Float
  /// How they are stretched.
  public var scaling = Scaling.none
  /// Factor of cosine and sine.
  public var magnitude: Float = 1
}

/// Multi-head latent attention, as in DeepSeek: keys and values come from one small vector.
public struct LatentAttentionDescription: Hashable, Sendable {
  /// Query heads; as many key and value heads.
  public var heads: Int
  /// Elements of a query and a key that are not rotated.
  public var plainWidth: Int
  /// Elements of a value.
  public var valueWidth: Int
  /// Elements of the vector that keys and values come from.
  public var latentWidth: Int
  /// Elements of the vector that queries come from; nil where they come from the hidden state.
  public var queryLatentWidth: Int?
  /// Factor of the scores.
  public var scale: Float
  /// Rotation of the rest of queries and keys.
  public var rotary: Rotary
  /// Whether keys and values are up-projected by two tensors (`attn_k_b`, `attn_v_b`), the first
  /// transposed, or by one (`attn_kv_b`).
  public var isSplit: Bool

  /// Elements of a query and a key.
  public var keyWidth: Int { plainWidth + rotary.width }

  /// The attention over expanded keys and values.
  public var expanded: AttentionDescription {
    AttentionDescription(
      heads: heads, keyValueHeads: heads, keyWidth: keyWidth, valueWidth: valueWidth, scale: scale)
  }
}

/// A selective state space, as in Mamba.
public struct StateSpaceDescription: Hashable, Sendable {
  /// Elements of the inner state.
  public var innerWidth: Int
  /// States of each element.
  public var stateWidth: Int
  /// Tokens that the convolution spans.
  public var convolutionWidth: Int
  /// Rank of the time step.
  public var timeStepRank: Int
  /// Whether time step, input and output vectors are normalized without weights.
  public var isNormalized: Bool
}

/// A feed-forward network.
public struct FeedForwardDescription: Hashable, Sendable {
  /// The nonlinearity.
  public enum Activation: Hashable, Sendable {
    case silu, geluTanh, geluErf, relu, reluSquared, clampedSwiGLU
  }
  /// Where the gate comes from.
  public enum Gate: Hashable, Sendable {
    /// down(activation(up(x)))
    case none
    /// down(activation(gate(x)) × up(x))
    case separate
    /// Gate and up are one tensor (`ffn_up`), the gate first.
    case fused
  }

  /// The nonlinearity.
  public var activation: Activation
  /// Where the gate comes from.
  public var gate: Gate
  /// Elements between up and down; zero where there are only experts.
  public var width: Int
  /// Experts beside or instead of the dense network.
  public var experts: ExpertsDescription?
}

/// A mixture of experts.
public struct ExpertsDescription: Hashable, Sendable {
  /// How the router's scores become weights.
  public enum Routing: Hashable, Sendable {
    /// Softmax over all experts, then the best.
    case softmax
    /// The best, then softmax over these.
    case softmaxOfChosen
    /// Sigmoid of each.
    case sigmoid
  }

  /// All experts.
  public var count: Int
  /// Experts for each token.
  public var chosen: Int
  /// Elements between an expert's up and down.
  public var width: Int
  /// How scores become weights.
  public var routing: Routing
  /// Whether the chosen weights are divided by their sum.
  public var isNormalized: Bool
  /// Factor of the weights.
  public var scale: Float = 1
  /// Groups of experts of which only the best take part; nil for one group.
  public var groups: (count: Int, chosen: Int)? {
    groupCount > 1 ? (groupCount, chosenGroups) : nil
  }
  /// Number of groups.
  public var groupCount = 1
  /// Number of groups that take part.
  public var chosenGroups = 1
  /// Elements between up and down of the expert that every token uses; zero for none.
  public var sharedWidth = 0
  /// Whether the shared expert is weighed by its own gate (`ffn_gate_inp_shexp`).
  public var hasSharedGate = false
  /// Whether a bias is added to the scores for the choice alone (`exp_probs_b`).
  public var hasChoiceBias = false
}
