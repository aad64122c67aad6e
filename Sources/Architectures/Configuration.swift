package import WeighbridgeByteIO
package import WeighbridgeJSON
package import WeighbridgeModelIR

/// A checkpoint's `config.json`, as the rules of an architecture read it.
///
/// Both styles of transformers are understood: version 4 (`rope_theta`, `rope_scaling`,
/// `torch_dtype`) and version 5 (`rope_parameters`, `dtype`). The part for text of a multimodal
/// configuration counts as if it stood at the top.
package struct Configuration: Sendable {
  /// All keys, those of the text part over those at the top, and an architecture's defaults.
  package private(set) var object: JSONObject
  /// The rotary embedding's parameters in the style of version 5.
  package private(set) var rope: JSONObject

  /// Which keys were asked for.
  private let read = ReadKeys()

  /// Where the text part of a multimodal configuration may be.
  private static let textParts: [ByteString] = [
    "llm_config", "lm_config", "language_config", "text_config",
  ]

  /// Reads a parsed `config.json`.
  package init(_ document: JSONValue) throws(ModelError) {
    guard var object = document.object else {
      throw ModelError(.invalidMetadata, "config.json", "an object is expected")
    }
    if object["text_config"] == nil, let text = object["thinker_config"]?["text_config"] {
      object["text_config"] = text
    }
    if object["text_config"] == nil, let text = object["lfm"] { object["text_config"] = text }
    for part in Self.textParts {
      guard let text = object[part]?.object else { continue }
      // A head that the whole ties is tied, whatever its part for text says (transformers'
      // `tie_weights` asks the outer configuration).
      let isTied = document["tie_word_embeddings"]?.bool == true
      for member in text.members where !isTied || member.key != "tie_word_embeddings" {
        object[member.key] = member.value
      }
    }
    self.object = object
    self.rope = Self.rope(of: object)
  }

  /// The names in `architectures`, the text part's last.
  package static func names(in document: JSONValue) -> [String] {
    var names = document["architectures"]?.array?.compactMap { $0.text } ?? []
    for part in textParts {
      names += document[part]?["architectures"]?.array?.compactMap { $0.text } ?? []
    }
    return names
  }

  /// Whether a key is there, though its value may be `null`.
  package func has(_ key: ByteString) -> Bool { object[key] != nil }

  /// Takes keys out that have no say.
  package mutating func remove(_ keys: some Sequence<ByteString>) {
    for key in keys { object[key] = nil }
    rope = Self.rope(of: object)
  }

  /// Adds values for keys that are not there: what transformers assumes for the family.
  package mutating func fill(_ defaults: [ConfigurationDefault]) {
    for entry in defaults
    where entry.replaces || object[entry.key] == nil || object[entry.key]?.isNull == true {
      if let value = entry.value(self) { object[entry.key] = value }
    }
    rope = Self.rope(of: object)
  }

  private static func rope(of object: JSONObject) -> JSONObject {
    var rope = object["rope_parameters"]?.object ?? object["rope_scaling"]?.object ?? JSONObject()
    guard rope["full_attention"] == nil, rope["sliding_attention"] == nil else { return rope }
    let present = { (keys: [ByteString]) in keys.lazy.compactMap { object[$0] }.first }
    if let theta = present(localThetaKeys), !theta.isNull {
      rope["sliding_attention"] = ["rope_theta": theta]
    }
    let mirrored: [(ByteString, JSONValue?)] = [
      ("rope_theta", present(thetaKeys)), ("rope_type", rope["type"]),
      ("partial_rotary_factor", present(["partial_rotary_factor", "rope_pct", "rope_percent"])),
      ("original_max_position_embeddings", present(["original_max_position_embeddings"])),
    ]
    for (key, value) in mirrored {
      if rope[key] == nil, let value, !value.isNull { rope[key] = value }
    }
    // transformers takes the model's own length where YaRN's names none (`modeling_rope_utils.py`).
    let trained: ByteString = "original_max_position_embeddings"
    if rope["rope_type"]?.text == "yarn", rope[trained]?.isNull ?? true,
      let length = present(["max_position_embeddings"]), !length.isNull
    {
      rope[trained] = length
    }
    return rope
  }

  private static let thetaKeys: [ByteString] = [
    "global_rope_theta", "rope_global_theta", "rope_theta_global", "rope_theta", "rotary_emb_base",
  ]
  private static let localThetaKeys: [ByteString] = [
    "local_rope_theta", "rope_local_theta", "rope_theta_local", "swa_rope_theta",
    "rope_local_base_freq",
  ]

  /// The value of the first key that is there; nil where none is, or where that value is `null`.
  package subscript(_ keys: ByteString...) -> JSONValue? { first(of: keys) }

  /// The value of the first key that is there; nil where none is, or where that value is `null`.
  package func first(of keys: [ByteString]) -> JSONValue? {
    for key in keys {
      guard let value = object[key] else { continue }
      read.insert(key)
      // `nil` would be JSON's `null` here.
      return value.isNull ? Optional.none : .some(value)
    }
    return nil
  }

  /// The value at a path of keys through objects; nil where nothing or `null` is there.
  package func value(at path: [ByteString]) -> JSONValue? {
    guard let key = path.first, var value = first(of: [key]) else { return nil }
    for key in path.dropFirst() {
      guard let next = value[key], !next.isNull else { return nil }
      value = next
    }
    return value
  }

  /// Keys that no rule has asked for so far, but for those that say nothing of the network.
  var unreadKeys: [ByteString] {
    object.members.map(\.key).filter { !read.contains($0) && !ReadKeys.isIncidental($0) }
  }

  /// A non-negative integer of at most 32 bits, or nil where none of the keys is there.
  package func optionalCount(_ keys: ByteString...) throws(ModelError) -> Int? {
    try optionalCount(of: keys)
  }

  /// A non-negative integer of at most 32 bits, or nil where none of the keys is there.
  package func optionalCount(of keys: [ByteString]) throws(ModelError) -> Int? {
    guard let value = first(of: keys) else { return nil }
    return try Self.count(value, keys)
  }

  static func count(_ value: JSONValue, _ keys: [ByteString]) throws(ModelError) -> Int {
    guard let number = value.integer, number >= 0, number <= UInt32.max else {
      throw ModelError(
        .invalidMetadata, "config.json",
        "'\(keys.map(\.text).joined(separator: "' or '"))' must be an integer from 0 to 2³²−1")
    }
    return number
  }

  /// A positive integer of at most 32 bits that the operation cannot do without.
  package func count(_ keys: ByteString...) throws(ModelError) -> Int {
    guard let number = try optionalCount(of: keys), number > 0 else {
      throw ModelError(
        .missingMetadata, "config.json",
        "'\(keys.map(\.text).joined(separator: "' or '"))' is missing or zero")
    }
    return number
  }

  /// A number, or nil where none of the keys is there.
  package func optionalNumber(_ keys: ByteString...) throws(ModelError) -> Double? {
    try Self.number(first(of: keys), keys)
  }

  static func number(_ value: JSONValue?, _ keys: [ByteString]) throws(ModelError) -> Double? {
    guard let value else { return nil }
    guard let number = value.double else {
      throw ModelError(
        .invalidMetadata, "config.json",
        "'\(keys.map(\.text).joined(separator: "' or '"))' must be a number")
    }
    return number
  }

  /// The number of layers.
  package func layerCount() throws(ModelError) -> Int {
    try count("n_layers", "num_hidden_layers", "n_layer", "num_layers")
  }

  /// The number of layers behind the last one that predict further tokens.
  package func nextTokenLayerCount() throws(ModelError) -> Int {
    try optionalCount("_mtp_layers", "num_nextn_predict_layers", "mtp_num_hidden_layers") ?? 0
  }

  /// The number of query heads.
  package func headCount() throws(ModelError) -> Int {
    try count("num_attention_heads", "n_head", "n_heads")
  }

  /// The number of key and value heads; as many as query heads where nothing is said.
  package func keyValueHeadCount() throws(ModelError) -> Int {
    if let count = try optionalCount("num_key_value_heads", "n_kv_heads"), count > 0 {
      return count
    }
    return try headCount()
  }

  /// The width of the residual stream.
  package func width() throws(ModelError) -> Int {
    try count("hidden_size", "n_embd", "dim", "d_model")
  }

  /// The width of one head: `head_dim`, or the width shared out among the heads.
  package func headWidth() throws(ModelError) -> Int {
    if let width = try optionalCount("head_dim"), width > 0 { return width }
    return try width() / headCount()
  }

  /// The parameters of the rotary embedding of layers with full attention.
  package var fullRope: JSONObject { rope["full_attention"]?.object ?? rope }
}
