// The parts of a layer: attention, rotary positions, feed-forward networks and experts.

/// Multi-head attention with grouped keys and values.
package struct AttentionDescription: Hashable, Sendable {
  /// Query heads.
  package var heads: Int
  /// Key and value heads; divides `heads`.
  package var keyValueHeads: Int
  /// Elements of a query and a key.
  package var keyWidth: Int
  /// Elements of a value.
  package var valueWidth: Int
  /// Factor of the scores.
  package var scale: Float
  /// Rotation of queries and keys; nil for none.
  package var rotary: Rotary?
  /// Whether queries, keys and values come from one tensor (`attn_qkv`).
  package var isFused = false
  /// How far back a query sees, itself included; nil for all.
  package var window: Int?
  /// Scores become cap × tanh(score / cap).
  package var softcap: Float?
  /// ALiBi: the largest bias.
  package var largestBias: Float?
  /// Queries, keys and values are held within ±limit.
  package var clamp: Float?
  /// Normalization of queries and keys (`attn_q_norm`, `attn_k_norm`).
  package var queryKeyNorm: QueryKeyNorm?
  /// One more score for each head takes part in the softmax (`attn_sinks`).
  package var hasSinks = false

  /// Over what queries and keys are normalized.
  package enum QueryKeyNorm: Hashable, Sendable {
    /// Over each head, with one weight for all.
    case head
    /// Over each head, with a weight for each.
    case headWeights
    /// Over all heads together.
    case whole
  }
}

/// Rotary positions.
package struct Rotary: Hashable, Sendable {
  /// Which elements form a pair.
  package enum Pairing: Hashable, Sendable {
    /// (2i, 2i + 1): GGUF's Llama.
    case interleaved
    /// (i, i + width/2): as in transformers.
    case halves
  }

  /// How frequencies are stretched for contexts longer than trained.
  package enum Scaling: Hashable, Sendable {
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
  package var pairing: Pairing
  /// How many elements of a head are rotated: the first ones.
  package var width: Int
  /// The base of the frequencies.
  package var base: Float
  /// How they are stretched.
  package var scaling = Scaling.none
  /// Factor of cosine and sine.
  package var magnitude: Float = 1
}

/// Multi-head latent attention, as in DeepSeek: keys and values come from one small vector.
package struct LatentAttentionDescription: Hashable, Sendable {
  /// Query heads; as many key and value heads.
  package var heads: Int
  /// Elements of a query and a key that are not rotated.
  package var plainWidth: Int
  /// Elements of a value.
  package var valueWidth: Int
  /// Elements of the vector that keys and values come from.
  package var latentWidth: Int
  /// Elements of the vector that queries come from; nil where they come from the hidden state.
  package var queryLatentWidth: Int?
  /// Factor of the scores.
  package var scale: Float
  /// Rotation of the rest of queries and keys.
  package var rotary: Rotary
  /// Whether keys and values are up-projected by two tensors (`attn_k_b`, `attn_v_b`), the first
  /// transposed, or by one (`attn_kv_b`).
  package var isSplit: Bool

  /// Elements of a query and a key.
  package var keyWidth: Int { plainWidth + rotary.width }

  /// The attention over expanded keys and values.
  package var expanded: AttentionDescription {
    AttentionDescription(
      heads: heads, keyValueHeads: heads, keyWidth: keyWidth, valueWidth: valueWidth, scale: scale)
  }
}

/// A selective state space, as in Mamba.
package struct StateSpaceDescription: Hashable, Sendable {
  /// Elements of the inner state.
  package var innerWidth: Int
  /// States of each element.
  package var stateWidth: Int
  /// Tokens that the convolution spans.
  package var convolutionWidth: Int
  /// Rank of the time step.
  package var timeStepRank: Int
  /// Whether time step, input and output vectors are normalized without weights.
  package var isNormalized: Bool
}

/// A feed-forward network.
package struct FeedForwardDescription: Hashable, Sendable {
  /// The nonlinearity.
  package enum Activation: Hashable, Sendable {
    case silu, geluTanh, geluErf, relu, reluSquared, clampedSwiGLU
  }
  /// Where the gate comes from.
  package enum Gate: Hashable, Sendable {
    /// down(activation(up(x)))
    case none
    /// down(activation(gate(x)) × up(x))
    case separate
    /// Gate and up are one tensor (`ffn_up`), the gate first.
    case fused
  }

  /// The nonlinearity.
  package var activation: Activation
  /// Where the gate comes from.
  package var gate: Gate
  /// Elements between up and down; zero where there are only experts.
  package var width: Int
  /// Experts beside or instead of the dense network.
  package var experts: ExpertsDescription?
}

/// A mixture of experts.
package struct ExpertsDescription: Hashable, Sendable {
  /// How the router's scores become weights.
  package enum Routing: Hashable, Sendable {
    /// Softmax over all experts, then the best.
    case softmax
    /// The best, then softmax over these.
    case softmaxOfChosen
    /// Sigmoid of each.
    case sigmoid
  }

  /// All experts.
  package var count: Int
  /// Experts for each token.
  package var chosen: Int
  /// Elements between an expert's up and down.
  package var width: Int
  /// How scores become weights.
  package var routing: Routing
  /// Whether the chosen weights are divided by their sum.
  package var isNormalized: Bool
  /// Factor of the weights.
  package var scale: Float = 1
  /// Groups of experts of which only the best take part; nil for one group.
  package var groups: (count: Int, chosen: Int)? {
    groupCount > 1 ? (groupCount, chosenGroups) : nil
  }
  /// Number of groups.
  package var groupCount = 1
  /// Number of groups that take part.
  package var chosenGroups = 1
  /// Elements between up and down of the expert that every token uses; zero for none.
  package var sharedWidth = 0
  /// Whether the shared expert is weighed by its own gate (`ffn_gate_inp_shexp`).
  package var hasSharedGate = false
  /// Whether a bias is added to the scores for the choice alone (`exp_probs_b`).
  package var hasChoiceBias = false
}
