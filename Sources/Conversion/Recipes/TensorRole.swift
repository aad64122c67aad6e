internal import WeighbridgeByteIO

/// What a tensor does, as far as recipes care.
///
/// Broad kinds by name, as llama.cpp sorts them, so that families it has not heard of work too.
enum TensorRole: Hashable, Sendable {
  case embedding, output
  case query, key, value, fusedQueryKeyValue, latentKeyValue, attentionOutput
  case up, gate, down
  case other

  /// The role of a GGUF name.
  init(_ name: ByteString) {
    if name == "output.weight" {
      self = .output
    } else if name == "token_embd.weight" || name == "per_layer_token_embd.weight" {
      self = .embedding
    } else {
      let text = name.text
      self = Self.parts.first { text.contains($0.part) }?.role ?? .other
    }
  }

  private static let parts: [(part: String, role: TensorRole)] = [
    ("attn_qkv.weight", .fusedQueryKeyValue), ("attn_kv_b.weight", .latentKeyValue),
    ("attn_v.weight", .value), ("attn_k.weight", .key), ("attn_q.weight", .query),
    ("attn_output.weight", .attentionOutput), ("ffn_up", .up), ("ffn_gate", .gate),
    ("ffn_down", .down),
  ]

  /// Whether it holds attention values, which suffer most from few bits.
  var holdsValues: Bool {
    switch self {
    case .value, .fusedQueryKeyValue, .latentKeyValue: true
    case .embedding, .output, .query, .key, .attentionOutput, .up, .gate, .down, .other: false
    }
  }
}
