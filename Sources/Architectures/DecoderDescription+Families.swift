/// What no metadata and no tensor's name says of a family of models.
///
/// A new family that is made of known parts is one entry here.
struct DecoderFamily: Sendable {
  /// `general.architecture`.
  let name: String
  /// Which elements rotary positions pair; nil where there are none.
  var rotary: Rotary.Pairing? = .interleaved
  /// How hidden states are normalized.
  var norm = DecoderDescription.Normalization.Kind.rootMeanSquare
  /// The nonlinearity of the feed-forward network.
  var activation = FeedForwardDescription.Activation.silu
  /// Whether both branches of a layer see its input; nil where metadata or tensors say it.
  var isParallel: Bool?
  /// Tokens see those after them, norms stand after each addition, and there is no head.
  var isEncoder = false
  /// ALiBi's largest bias, where the metadata has none.
  var largestBias: Float?
  /// Embeddings are multiplied with the square root of the width.
  var scalesEmbedding = false
  /// Every n-th layer sees the whole window, the others a sliding one, where the metadata has one.
  var slidingPeriod: Int?
  /// Only layers with a sliding window rotate.
  var rotatesOnlyInWindows = false
  /// Every n-th layer does not rotate.
  var skipsRotaryEvery: Int?
  /// The base of the frequencies in layers with a sliding window, where the metadata has none.
  var slidingBase: Float?
  /// Whether YaRN's ramp begins and ends at whole pairs.
  var roundsRamp = true
  /// Whether `logit_scale` divides.
  var dividesByLogitScale = false
  /// How experts are weighed.
  var routing = ExpertsDescription.Routing.softmax
  /// Whether the weights of the chosen experts are divided by their sum, unless metadata says.
  var normalizesExperts = true

  /// The entry of an architecture.
  static func named(_ name: String) -> DecoderFamily? {
    all.first { $0.name.utf8.elementsEqual(name.utf8) }
  }

  /// All families.
  static let all: [DecoderFamily] = [
    DecoderFamily(name: "llama", slidingPeriod: .max),
    DecoderFamily(name: "mistral3"),
    DecoderFamily(name: "qwen2", rotary: .halves),
    DecoderFamily(name: "qwen3", rotary: .halves),
    DecoderFamily(name: "qwen2moe", rotary: .halves, normalizesExperts: false),
    DecoderFamily(name: "qwen3moe", rotary: .halves),
    DecoderFamily(name: "gemma", rotary: .halves, activation: .geluTanh, scalesEmbedding: true),
    DecoderFamily(
      name: "gemma2", rotary: .halves, activation: .geluTanh, scalesEmbedding: true,
      slidingPeriod: 2),
    DecoderFamily(
      name: "gemma3", rotary: .halves, activation: .geluTanh, scalesEmbedding: true,
      slidingPeriod: 6, slidingBase: 10000),
    DecoderFamily(
      name: "phi2", rotary: .halves, norm: .layer, activation: .geluTanh, isParallel: true),
    DecoderFamily(name: "phi3", rotary: .halves, slidingPeriod: .max),
    DecoderFamily(name: "gpt2", rotary: nil, norm: .layer, activation: .geluTanh),
    DecoderFamily(name: "starcoder", rotary: nil, norm: .layer, activation: .geluTanh),
    DecoderFamily(name: "gptj", norm: .layer, activation: .geluTanh, isParallel: true),
    DecoderFamily(name: "gptneox", rotary: .halves, norm: .layer, activation: .geluErf),
    DecoderFamily(
      name: "falcon", rotary: .halves, norm: .layer, activation: .geluErf, isParallel: true),
    DecoderFamily(
      name: "bloom", rotary: nil, norm: .layer, activation: .geluTanh, largestBias: 8),
    DecoderFamily(name: "mpt", rotary: nil, norm: .layer, activation: .geluErf),
    DecoderFamily(
      name: "starcoder2", rotary: .halves, norm: .layer, activation: .geluTanh,
      slidingPeriod: .max),
    DecoderFamily(name: "stablelm", rotary: .halves, norm: .layer),
    DecoderFamily(name: "nemotron", rotary: .halves, norm: .layer, activation: .reluSquared),
    DecoderFamily(name: "command-r", norm: .layer, isParallel: true),
    DecoderFamily(
      name: "cohere2", norm: .layer, isParallel: true, slidingPeriod: 4, rotatesOnlyInWindows: true),
    DecoderFamily(name: "olmo2", rotary: .halves),
    DecoderFamily(name: "olmoe", rotary: .halves, normalizesExperts: false),
    DecoderFamily(name: "granite", dividesByLogitScale: true),
    DecoderFamily(name: "granitemoe", dividesByLogitScale: true),
    DecoderFamily(name: "exaone4", rotary: .halves, slidingPeriod: 4, rotatesOnlyInWindows: true),
    DecoderFamily(name: "glm4", rotary: .interleaved),
    DecoderFamily(name: "smollm3", skipsRotaryEvery: 4),
    DecoderFamily(name: "seed_oss", rotary: .halves),
    DecoderFamily(name: "ernie4_5"),
    DecoderFamily(name: "deepseek2", normalizesExperts: false),
    DecoderFamily(name: "mamba", rotary: nil),
    DecoderFamily(
      name: "bert", rotary: nil, norm: .layer, activation: .geluErf, isEncoder: true),
    DecoderFamily(
      name: "gpt-oss", rotary: .halves, activation: .clampedSwiGLU, slidingPeriod: 2,
      roundsRamp: false,
      routing: .softmaxOfChosen, normalizesExperts: false),
  ]
}
