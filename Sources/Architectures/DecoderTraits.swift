package import WeighbridgeModelIR

/// What a family computes and no metadata says: what its description in llama.cpp has in C++.
///
/// Everything that GGUF's metadata or a tensor's presence can say is read from there first
/// (`DecoderFacts`); these are the values where both are silent.
package struct DecoderTraits: Sendable {
  /// What a rule fails with.
  ///
  /// The compiler does not count an error that is only thrown as a use of the import.
  package typealias Failure = ModelError

  /// Which elements of a head rotary positions pair.
  package enum Pairing: Hashable, Sendable {
    /// (2i, 2i + 1): GGUF's Llama.
    case interleaved
    /// (i, i + width/2): as in transformers.
    case halves
  }

  /// How hidden states are normalized: by root mean square, or by mean and variance.
  package enum Norm: Hashable, Sendable { case rootMeanSquare, layer }

  /// The nonlinearity of a feed-forward network.
  package enum Activation: Hashable, Sendable {
    case silu, geluTanh, geluErf, relu, reluSquared, clampedSwiGLU
    /// xIELU, whose numbers stand in the metadata for each layer.
    case integratedELU
  }

  /// How the parts of a layer are added to the hidden states.
  package enum Arrangement: Hashable, Sendable {
    /// x += mixer(norm(x)); x += network(norm(x))
    case sequential
    /// x += mixer(norm(x)) + network(norm(x))
    case parallel
    /// x = norm(x + mixer(x)); x = norm(x + network(x))
    case normalizedAfter
  }

  /// How a router's scores become weights.
  package enum Routing: Hashable, Sendable {
    /// Softmax over all experts, then the best.
    case softmax
    /// The best, then softmax over these.
    case softmaxOfChosen
    /// Sigmoid of each.
    case sigmoid
    /// Two experts, each weighed by a softmax over those whose score is near the best of the moment.
    case sparseMixer
  }

  /// What a query in a layer with a window sees of its surroundings.
  package enum WindowKind: Hashable, Sendable {
    /// So many keys up to its own.
    case sliding
    /// Half as many keys on either side.
    case symmetric
    /// The keys of its own stretch of so many.
    case chunked
  }

  /// What a layer's part does.
  package enum Part: Hashable, Sendable { case mixer, network }

  /// Which layers see a window only, where the metadata has its length and no list of layers.
  package enum Windowed: Hashable, Sendable {
    case none
    case all
    /// All but every n-th, which is the last of its group, or the first.
    case allBut(every: Int, isFirst: Bool = false)
  }

  /// Which elements form a pair; nil where there are no rotary positions.
  package var rotary: Pairing? = .interleaved
  /// How hidden states are normalized.
  package var norm = Norm.rootMeanSquare
  /// Whether states are normalized although no weight says so.
  package var hasPlainNorms = false
  /// Whether queries and keys are normalized after they are rotated.
  package var normalizesRotated = false
  /// Whether each head's queries and keys are normalized, after they are rotated, without weights; in
  /// layers that rotate.
  package var hasPlainHeadNorms: @Sendable (DecoderFacts) -> Bool = { _ in false }
  /// Whether each head's values are normalized without weights.
  package var normalizesValues = false
  /// Whether a layer without weights for values takes its keys for them.
  package var keysServeAsValues = false
  /// How queries are scaled in layers that do not rotate.
  package var plainTemperature: @Sendable (DecoderFacts) -> QueryTemperature? = { _ in nil }
  /// The nonlinearity of the feed-forward network.
  package var activation = Activation.silu
  /// The same in networks without a gate, where it is another.
  package var ungatedActivation: Activation?
  /// What the names of layers and of the last norm begin with: `dec.`.
  package var layerPrefix = ""
  /// What those of an encoder begin with whose states the layers read; nil for none.
  package var encoderPrefix: String?
  /// Parts that every layer has: where one is missing, the file is incomplete.
  package var everyLayer: Set<Part> = [.mixer, .network]
  /// How a layer's parts are added; nil where metadata or tensors say it.
  package var arrangement: Arrangement?
  /// Whether tokens see those after them, too, and the model ends in hidden states.
  package var isEncoder = false
  /// ALiBi's largest bias, where the metadata has none.
  package var largestBias: @Sendable (DecoderFacts) throws(ModelError) -> Float? = { _ in nil }
  /// The factor of attention's scores, where the metadata has none and it is not 1/√(a key's width).
  package var scoreScale: @Sendable (DecoderFacts) throws(ModelError) -> Float? = { _ in nil }
  /// Embeddings are multiplied with the square root of the width.
  package var scalesEmbedding = false
  /// Factor of the embeddings, where the metadata has none.
  package var embeddingScale: Float?
  /// Factor of each branch before it is added, where the metadata has none.
  package var residualScale: @Sendable (DecoderFacts) -> Float? = { _ in nil }
  /// Factor of the logits, where the metadata has none.
  package var logitScale: @Sendable (DecoderFacts) -> Float? = { _ in nil }
  /// The norm of the last hidden states.
  package var finalNorm = "output_norm"
  /// Which elements the queries and keys that choose keys pair.
  package var selectorPairing = Pairing.halves
  /// Which layers see a window only.
  package var windowed = Windowed.none
  /// How long the window is where the metadata has no length.
  package var windowOtherwise: Int?
  /// What a query sees in them.
  package var windowKind = WindowKind.sliding
  /// Only layers with a window rotate.
  package var rotatesOnlyInWindows = false
  /// Layers rotate only where the metadata say that the model was trained so.
  package var rotatesIfFinetuned = false
  /// Every n-th layer does not rotate.
  package var skipsRotaryEvery: Int?
  /// The base of the frequencies in layers with a window, where the metadata has none.
  package var windowedBase: Float?
  /// Whether layers with a window keep their frequencies where the others' are stretched.
  package var stretchesWindows = true
  /// Whether YaRN's ramp begins where the metadata says: llama.cpp reads the keys for few families
  /// (src/models/mistral3.cpp), and takes 32 and 1 for all others.
  package var readsRamp = false
  /// Whether YaRN's ramp begins and ends at whole pairs.
  package var roundsRamp = true
  /// Whether `logit_scale` divides.
  package var dividesByLogitScale = false
  /// How experts are weighed.
  package var routing = Routing.softmax
  /// The same where a bias takes part in the choice and the metadata do not name the function.
  package var biasedRouting: Routing?
  /// Whether an expert's input is multiplied with its weight, not its output.
  package var weighsExpertInputs = false
  /// Whether the weights of the chosen experts are divided by their sum, unless metadata says.
  package var normalizesExperts = true
  /// Whether what the chosen experts and the shared one give is averaged, not summed.
  package var averagesShared = false
  /// Leading layers without experts rotate, whether they have a window or not.
  package var rotatesLeadingDense = false

  /// The traits of Llama: what a family differs in is set in the closure.
  package init(_ change: (inout DecoderTraits) -> Void = { _ in }) { change(&self) }
}

extension DecoderTraits {
  /// The factor of scores in the largest model of a generation, known by its number of layers: the
  /// width that is each head's share counts, not that of a head.
  static func sharedWidthScale(
    layers: Int
  ) -> @Sendable (DecoderFacts) throws(ModelError) -> Float? {
    { (facts) throws(ModelError) in
      guard facts.layerCount == layers else { return nil }
      let share = Double(facts.width) / Double(try facts.count("attention.head_count", layer: 0))
      return Float(1 / share.squareRoot())
    }
  }
}
