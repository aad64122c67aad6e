internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

/// `params.json` of Meta's and Mistral's own checkpoints, in the words of a `config.json`.
///
/// What the file does not say follows from the shapes of tensors, or is what the makers' programs
/// assume: Meta's write no context length, and the size of the vocabulary as −1.
struct OriginalParameters {
  /// The name that `architectures` gets.
  static let architecture = "ConsolidatedLlama"

  private let parameters: JSONObject
  private let shapes: [ByteString: [Int]]

  /// Whether tensors have the names of these checkpoints.
  static func describes(_ model: Model) -> Bool {
    model.tensors.contains { $0.name == "tok_embeddings.weight" }
  }

  init(_ document: JSONValue, _ model: Model, in source: String) throws(FormatError) {
    guard let object = document.object else {
      throw FormatError(.invalidValue, "an object is expected", in: source)
    }
    self.parameters = object
    self.shapes = Dictionary(
      model.tensors.map { ($0.name, $0.layout.shape.dimensions) }
    ) { first, _ in first }
  }

  /// The equivalent `config.json`.
  var configuration: JSONValue {
    var result: JSONObject = JSONObject()
    result["architectures"] = [JSONValue(Self.architecture)]
    result["model_type"] = "llama"
    for (key, names) in Self.names {
      let value = names.lazy.compactMap { parameters[$0] }.first { !$0.isNull }
      if let value { result[key] = value }
    }
    if let rows = shapes["tok_embeddings.weight"]?.first { result["vocab_size"] = .integer(rows) }
    let projections: [ByteString] = [
      "layers.0.feed_forward.w1.weight", "layers.0.feed_forward.experts.0.w1.weight",
    ]
    if let rows = projections.lazy.compactMap({ shapes[$0]?.first }).first {
      result["intermediate_size"] = .integer(rows)
    }
    if let experts = parameters["moe"]?.object {
      result["num_local_experts"] = experts["num_experts"]
      result["num_experts_per_tok"] = experts["num_experts_per_tok"]
    }
    if result["max_position_embeddings"] == nil {
      result["max_position_embeddings"] = .integer(contextLength)
    }
    if parameters["use_scaled_rope"]?.bool == true { result["rope_scaling"] = scaling }
    if let scheme = parameters["quantization"] { result["quantization_config"] = scheme }
    return .object(result)
  }

  private static let names: [(ByteString, [ByteString])] = [
    ("hidden_size", ["dim"]), ("num_hidden_layers", ["n_layers"]),
    ("num_attention_heads", ["n_heads"]), ("num_key_value_heads", ["n_kv_heads"]),
    ("head_dim", ["head_dim"]), ("rms_norm_eps", ["norm_eps"]), ("rope_theta", ["rope_theta"]),
    ("max_position_embeddings", ["max_position_embeddings", "max_seq_len", "model_max_length"]),
    ("sliding_window", ["sliding_window"]), ("tie_word_embeddings", ["tied_embeddings"]),
  ]

  /// By what tells one generation of Llama from another: the base of the rotary embedding, then the
  /// epsilon, which was 10⁻⁶ in the first and 10⁻⁵ from the second on.
  private var contextLength: Int {
    let base = parameters["rope_theta"]?.double ?? 10_000
    if parameters["use_scaled_rope"]?.bool == true { return 131_072 }
    if base == 500_000 { return 8192 }
    if base == 1_000_000 { return 16_384 }
    return (parameters["norm_eps"]?.double ?? 1e-6) >= 1e-5 ? 4096 : 2048
  }

  /// Llama 3.1 stretches eightfold; the small models of 3.2, which are narrower, 32-fold.
  private var scaling: JSONValue {
    let isSmall = (parameters["dim"]?.integer ?? 0) < 4096
    return [
      "rope_type": "llama3", "factor": parameters["rope_scaling_factor"] ?? (isSmall ? 32.0 : 8.0),
      "low_freq_factor": 1.0, "high_freq_factor": parameters["rope_high_freq_factor"] ?? 4.0,
      "original_max_position_embeddings": 8192,
    ]
  }
}
