import Weighbridge
import WeighbridgeByteIO
import WeighbridgeCheckpoints
import WeighbridgeJSON
import WeighbridgeModelIR

/// The summary as JSON: what the text begins with, one member a fact.
extension Inspection {
  /// The member `summary`.
  var aboutJSON: JSONValue {
    func text(_ key: ByteString) -> JSONValue {
      model.metadata[key]?.string.map { JSONValue.string($0) } ?? .null
    }
    func number(_ key: ByteString, _ configurationKey: ByteString) -> JSONValue {
      hyperparameter(key, configurationKey).map { JSONValue.integer($0) } ?? .null
    }
    return [
      "name": text("general.name"), "recipe": recipe.map { JSONValue($0) } ?? nil,
      "quantization": quantizationJSON, "layers": number("block_count", "num_hidden_layers"),
      "width": number("embedding_length", "hidden_size"),
      "heads": number("attention.head_count", "num_attention_heads"),
      "kvHeads": number("attention.head_count_kv", "num_key_value_heads"),
      "feedForward": number("feed_forward_length", "intermediate_size"),
      "context": number("context_length", "max_position_embeddings"),
      "experts": number("expert_count", "num_local_experts"),
      "expertsUsed": number("expert_used_count", "num_experts_per_tok"),
      "license": text("general.license"), "quantizedBy": text("general.quantized_by"),
      "importanceMatrix": text("quantize.imatrix.file"), "tokenizer": tokenizerJSON,
    ]
  }

  /// The scheme of a checkpoint's quantized weights.
  private var quantizationJSON: JSONValue {
    guard let quantization else { return .null }
    return [
      "scheme": JSONValue(quantization.name),
      "bits": quantization.bits.map { .integer($0) } ?? .null,
      "groupSize": quantization.groupSize.map { .integer($0) } ?? .null,
      "details": .array(quantization.details.map { JSONValue($0) }),
    ]
  }

  /// The recipe that `general.file_type` names; nil where the file does not say one.
  var recipe: String? {
    guard model.origin.kind == .gguf, model.metadata["general.file_type"] != nil,
      !model.tensors.isEmpty
    else { return nil }
    return TypeName.of(model)
  }

  /// The tokenizer: its kind, its size, its special tokens.
  var tokenizerJSON: JSONValue {
    guard let list = model.metadata["tokenizer.ggml.tokens"]?.array else { return .null }
    let strings = list.strings
    let kind = model.metadata["tokenizer.ggml.model"]?.string?.text ?? "unknown"
    var special: [JSONValue] = []
    let (prefix, suffix): (ByteString, ByteString) = ("tokenizer.ggml.", "_token_id")
    for entry in model.metadata.entries
    where entry.key.hasPrefix(prefix) && entry.key.hasSuffix(suffix) {
      guard let id = entry.value.integer else { continue }
      let role = entry.key.text.dropFirst(prefix.count).dropLast(suffix.count)
      let token = strings.flatMap { $0.indices.contains(id) ? $0[id] : nil }
      special.append([
        "role": JSONValue(String(role)), "id": .integer(id),
        "text": token.map { .string($0) } ?? nil,
      ])
    }
    let pre = model.metadata["tokenizer.ggml.pre"]?.string
    return [
      "kind": JSONValue(kind), "name": JSONValue(Self.tokenizerName(kind)),
      "pre": pre.map { .string($0) } ?? nil, "tokens": .integer(list.count),
      "special": .array(special),
      "hasChatTemplate": .bool(model.metadata["tokenizer.chat_template"] != nil),
    ]
  }
}
