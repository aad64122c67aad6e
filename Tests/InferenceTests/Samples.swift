import TestSupport
import WeighbridgeByteIO
import WeighbridgeEncodings
import WeighbridgeJSON
import WeighbridgeModelIR

/// Small models and files for the tests.
enum Samples {
  /// Sizes of a random Llama.
  struct Sizes {
    var width = 24
    var heads = 4
    var groups = 2
    var headWidth = 6
    var inner = 40
    var layers = 2
    var vocabulary = 50
  }

  /// A random Llama in F32: grouped heads, a head of its own, rotary positions of another base.
  static func llama(_ sizes: Sizes = Sizes(), seed: UInt64 = 1) throws -> Model {
    var random = Random(state: seed)
    var model = Model(origin: ModelOrigin(format: "test"))
    func set(_ key: ByteString, _ value: MetadataValue) {
      model.metadata[key] = value
    }
    set("general.architecture", .string("llama"))
    set("llama.embedding_length", .uint32(UInt32(sizes.width)))
    set("llama.block_count", .uint32(UInt32(sizes.layers)))
    set("llama.feed_forward_length", .uint32(UInt32(sizes.inner)))
    set("llama.attention.head_count", .uint32(UInt32(sizes.heads)))
    set("llama.attention.head_count_kv", .uint32(UInt32(sizes.groups)))
    set("llama.attention.key_length", .uint32(UInt32(sizes.headWidth)))
    set("llama.attention.value_length", .uint32(UInt32(sizes.headWidth)))
    set("llama.rope.dimension_count", .uint32(UInt32(sizes.headWidth)))
    set("llama.rope.freq_base", .float32(500))
    set("llama.attention.layer_norm_rms_epsilon", .float32(1e-5))
    func add(_ name: String, _ rows: Int?, _ columns: Int, around center: Float = 0) throws {
      let count = (rows ?? 1) * columns
      let spread = rows == nil ? 0.2 : 2 / Float(columns).squareRoot()
      let values = (0..<count).map { _ in center + spread * random.next() }
      model.tensors.append(
        try tensor(name, shape: (rows.map { [$0] } ?? []) + [columns], values))
    }
    try add("token_embd.weight", sizes.vocabulary, sizes.width)
    for layer in 0..<sizes.layers {
      let prefix = "blk.\(layer)."
      try add(prefix + "attn_norm.weight", nil, sizes.width, around: 1)
      try add(prefix + "attn_q.weight", sizes.heads * sizes.headWidth, sizes.width)
      try add(prefix + "attn_k.weight", sizes.groups * sizes.headWidth, sizes.width)
      try add(prefix + "attn_v.weight", sizes.groups * sizes.headWidth, sizes.width)
      try add(prefix + "attn_output.weight", sizes.width, sizes.heads * sizes.headWidth)
      try add(prefix + "ffn_norm.weight", nil, sizes.width, around: 1)
      try add(prefix + "ffn_gate.weight", sizes.inner, sizes.width)
      try add(prefix + "ffn_up.weight", sizes.inner, sizes.width)
      try add(prefix + "ffn_down.weight", sizes.width, sizes.inner)
    }
    try add("output_norm.weight", nil, sizes.width, around: 1)
    try add("output.weight", sizes.vocabulary, sizes.width)
    return model
  }

  /// A tensor of F32 in memory.
  static func tensor(_ name: String, shape: [Int], _ values: [Float]) throws -> Tensor {
    let bytes = values.flatMap { value in
      (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> UInt32(8 * $0)) }
    }
    guard let shape = TensorShape(shape), let layout = TensorLayout(shape, .f32),
      let extent = ByteExtent(offset: 0, byteCount: layout.byteCount, within: UInt64(bytes.count)),
      let payload = SourcePayload(layout, in: MemorySource(bytes, name: name), extent)
    else { throw FormatError(.invalidValue, "the sample is wrong", in: name) }
    return Tensor(name: ByteString(name), payload: payload)
  }

  /// The numbers of a tensor.
  static func values(_ model: Model, _ name: String) throws -> [Double] {
    guard let tensor = model.tensor(named: ByteString(name)), let rows = FloatRows(tensor.payload)
    else { throw FormatError(.invalidValue, "no such tensor", in: name) }
    return try rows.read(rows: 0..<tensor.layout.rowCount).map { Double($0) }
  }

  /// A file's bytes.
  static func bytes(_ path: String) throws -> [UInt8] {
    let source = try FileSource(path: path)
    return try source.readPrefix(Int(source.byteCount))
  }

  /// The numbers of a NumPy file of float32, whatever its shape.
  static func numpy(_ path: String) throws -> [Double] {
    let bytes = try bytes(path)
    let start = 10 + Int(bytes[8]) + Int(bytes[9]) << 8
    return stride(from: start, to: bytes.count, by: 4).map { index in
      Double(
        Float(
          bitPattern: UInt32(bytes[index]) | UInt32(bytes[index + 1]) << 8
            | UInt32(bytes[index + 2]) << 16 | UInt32(bytes[index + 3]) << 24))
    }
  }

  /// The norm of the difference over the norm of what is expected.
  static func relativeError(_ actual: [Float], _ expected: [Double]) -> Double {
    guard actual.count == expected.count else { return .infinity }
    let difference = zip(actual, expected).reduce(0) {
      $0 + (Double($1.0) - $1.1) * (Double($1.0) - $1.1)
    }
    return (difference / expected.reduce(0) { $0 + $1 * $1 }).squareRoot()
  }
}
