import TestSupport
import WeighbridgeByteIO
import WeighbridgeConversion
import WeighbridgeEncodings
import WeighbridgeGGUF
import WeighbridgeModelIR

@testable import Weighbridge

/// A small Llama that nothing is wrong with, to be broken in one place.
struct TinyModel {
  var metadata = Metadata()
  var tensors: [Tensor] = []

  static let layers = 9

  /// 9 layers of width 32, 2 heads, 64 wide inside, 16 tokens.
  init() throws {
    metadata["general.architecture"] = .string("llama")
    metadata["general.type"] = .string("model")
    metadata["general.file_type"] = .uint32(0)
    for (key, value) in [
      ("context_length", 128), ("embedding_length", 32), ("block_count", Self.layers),
      ("feed_forward_length", 64), ("attention.head_count", 2), ("attention.head_count_kv", 2),
      ("rope.dimension_count", 16), ("vocab_size", 16),
    ] { metadata[ByteString("llama.\(key)")] = .uint32(UInt32(value)) }
    metadata["llama.attention.layer_norm_rms_epsilon"] = .float32(1e-5)
    metadata["tokenizer.ggml.model"] = .string("gpt2")
    metadata["tokenizer.ggml.pre"] = .string("gpt-2")
    let texts = [
      "<|endoftext|>", "<|im_start|>", "<|im_end|>", "a", "b", "c", "ab", "d", "e", "f", "g", "h",
      "i", "j", "k", "l",
    ]
    metadata["tokenizer.ggml.tokens"] = .array(.strings(texts.map { ByteString($0) }))
    metadata["tokenizer.ggml.token_type"] = .array(
      .int32(texts.map { $0.hasPrefix("<|") ? 3 : 1 }))
    metadata["tokenizer.ggml.merges"] = .array(.strings(["a b"]))
    metadata["tokenizer.ggml.eos_token_id"] = .uint32(2)
    metadata["tokenizer.chat_template"] = .string(Self.template)
    try add("token_embd.weight", [16, 32])
    try add("output_norm.weight", [32])
    for layer in 0..<Self.layers {
      for name in ["attn_norm", "ffn_norm"] { try add("blk.\(layer).\(name).weight", [32]) }
      for name in ["attn_q", "attn_k", "attn_v", "attn_output"] {
        try add("blk.\(layer).\(name).weight", [32, 32])
      }
      for name in ["ffn_gate", "ffn_up"] { try add("blk.\(layer).\(name).weight", [64, 32]) }
      try add("blk.\(layer).ffn_down.weight", [32, 64])
    }
  }

  static let template: ByteString = """
    {% for m in messages %}<|im_start|>{{ m.role }}
    {{ m.content }}<|im_end|>
    {% endfor %}{% if add_generation_prompt %}<|im_start|>assistant
    {% endif %}
    """

  private var seed: UInt64 { UInt64(tensors.count + 1) &* 0x9E37_79B9_7F4A_7C15 }

  mutating func add(
    _ name: ByteString, _ shape: [Int], value: ((Int) -> Float)? = nil
  ) throws {
    var state = seed
    let count = shape.reduce(1, *)
    let values = (0..<count).map { index -> Float in
      if let value { return value(index) }
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Float(Int64(bitPattern: state) >> 40) / Float(1 << 23)
    }
    guard let flat = MemoryPayload(values), let payload = ReshapedPayload(flat, shape) else {
      throw Failure()
    }
    tensors.append(Tensor(name: name, payload: payload))
  }

  /// Adds a matrix of blocks, damaged; the second 32 values of each 256 are zeros.
  mutating func addBlocks(
    _ encoding: Encoding, _ damage: (inout [UInt8]) -> Void = { _ in }
  ) throws {
    var values = [Float](repeating: 0, count: 256 * 128)
    for index in values.indices {
      let place = index % 256
      if place < 32 || place >= 64 { values[index] = Float(index * 7919 % 101 - 50) }
    }
    guard let flat = MemoryPayload(values), let rows = ReshapedPayload(flat, [128, 256]),
      let blocks = ReencodedPayload(rows, to: encoding, named: "w"),
      let shape = TensorShape([128, 256]), let layout = TensorLayout(shape, encoding)
    else { throw Failure() }
    var bytes = try blocks.readBytes(rows: 0..<128)
    damage(&bytes)
    let count = UInt64(bytes.count)
    guard let extent = ByteExtent(offset: 0, byteCount: count, within: count),
      let payload = SourcePayload(layout, in: MemorySource(bytes), extent)
    else { throw Failure() }
    tensors.append(Tensor(name: "blk.0.attn_x.weight", payload: payload))
  }

  struct Failure: Error {}

  mutating func remove(_ name: ByteString) { tensors.removeAll { $0.name == name } }

  mutating func replace(_ name: ByteString, value: @escaping (Int) -> Float) throws {
    guard let place = tensors.firstIndex(where: { $0.name == name }) else { throw Failure() }
    let shape = tensors[place].layout.shape.dimensions
    try add(name, shape, value: value)
    tensors.swapAt(place, tensors.count - 1)
    tensors.removeLast()
  }

  /// The file as bytes.
  func bytes(byteOrder: ByteOrder = .little) throws -> [UInt8] {
    let model = Model(
      origin: ModelOrigin(format: GGUF.name), metadata: metadata, tensors: tensors)
    let stored = try GGUF.stored(model, in: byteOrder)
    let layout = try GGUF.layOut(stored, byteOrder: byteOrder)
    var bytes = layout.header
    for (tensor, offset) in zip(stored.tensors, layout.payloadOffsets) {
      bytes += [UInt8](repeating: 0, count: Int(offset) - bytes.count)
      bytes += try tensor.payload.readBytes(rows: 0..<tensor.layout.rowCount)
    }
    return bytes + [UInt8](repeating: 0, count: Int(layout.byteCount) - bytes.count)
  }
}
