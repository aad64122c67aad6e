internal import WeighbridgeByteIO
internal import WeighbridgeModelIR

/// The layouts that vision towers come in: the names that vendors give to the same transformer.
///
/// GGUF's names are those of gguf-py (constants.py, `V_ENC_…`, `V_MMPROJ…`).
extension TensorRule {
  /// One tensor of a tower, under both names; the number stays open.
  static func tower(
    _ source: String, _ target: String, _ changes: TensorChange...
  ) -> TensorRule {
    TensorRule(source, outputs: [Output(target, changes)])
  }

  /// CLIP and SigLIP as transformers names them, below `prefix`.
  static func sigLIP(_ prefix: String) -> [TensorRule] {
    [
      tower(prefix + "embeddings.patch_embedding.{s}", "v.patch_embd.{s}"),
      tower(prefix + "embeddings.position_embedding.weight", "v.position_embd.weight"),
      tower(prefix + "embeddings.class_embedding", "v.class_embd"),
      tower(prefix + "pre_layrnorm.{s}", "v.pre_ln.{s}"),
      tower(prefix + "post_layernorm.{s}", "v.post_ln.{s}"),
    ]
      + layers(
        prefix + "encoder.layers.{n}.",
        [
          ("layer_norm1", "ln1"), ("layer_norm2", "ln2"), ("mlp.fc1", "ffn_up"),
          ("mlp.fc2", "ffn_down"), ("self_attn.q_proj", "attn_q"), ("self_attn.k_proj", "attn_k"),
          ("self_attn.v_proj", "attn_v"), ("self_attn.out_proj", "attn_out"),
        ])
  }

  /// Weights and biases of a tower's layers, below `prefix`.
  static func layers(_ prefix: String, _ parts: [(String, String)]) -> [TensorRule] {
    Self.parts(prefix, "v.blk.{n}.", parts)
  }

  /// Weights and biases below one prefix, and below another in GGUF.
  static func parts(
    _ prefix: String, _ target: String, _ parts: [(String, String)]
  ) -> [TensorRule] {
    parts.map { tower(prefix + $0 + ".{s}", target + $1 + ".{s}") }
  }

  /// The layers of Qwen's towers, below `prefix`, in all their generations.
  static func qwenVision(_ prefix: String) -> [TensorRule] {
    layers(
      prefix + "blocks.{n}.",
      [
        ("norm1", "ln1"), ("norm2", "ln2"), ("attn.proj", "attn_out"), ("attn.q", "attn_q"),
        ("attn.k", "attn_k"), ("attn.v", "attn_v"), ("attn.qkv", "attn_qkv"),
        ("attn.q_norm", "attn_q_norm"), ("attn.k_norm", "attn_k_norm"), ("mlp.fc1", "ffn_up"),
        ("mlp.fc2", "ffn_down"), ("mlp.linear_fc1", "ffn_up"), ("mlp.linear_fc2", "ffn_down"),
        ("mlp.gate_proj", "ffn_gate"), ("mlp.up_proj", "ffn_up"), ("mlp.down_proj", "ffn_down"),
      ])
  }

  /// A fused projection that becomes query, key and value.
  static func separated(_ source: String, _ target: String) -> TensorRule {
    TensorRule(
      source,
      outputs: ["q", "k", "v"].enumerated().map { index, part in
        Output(target.replacing("{part}", with: part), [.part(index, of: 3)])
      })
  }

  /// A convolution over two frames, which becomes one for each: [out, colours, 2, height, width].
  static func frames(_ source: String) -> TensorRule {
    TensorRule(
      source,
      outputs: [
        Output("v.patch_embd.weight", [.frame(0)]), Output("v.patch_embd.weight.1", [.frame(1)]),
      ])
  }
}

extension TensorChange {
  /// The outermost rows of some as a shape of their own, for tensors that hold several vectors.
  static func vector(_ index: Int) -> [TensorChange] {
    [
      .arrange { (_, shape) throws(ModelError) in
        try .slice(shape, index..<index + 1, axis: 0)
      }, .shaped { Array($0.dropFirst()) },
    ]
  }

  /// A convolution over patches that is stored as a matrix: [out, 3 × side × side], colours first.
  static let patchesAsConvolution = TensorChange.reshape(
    { (_, shape) throws(ModelError) in
      guard let out = shape.dimensions.first, let row = shape.dimensions.last,
        let side = patchSide(row)
      else {
        throw ModelError(
          .shapeMismatch, "config.json",
          "the patches' embedding of shape \(shape) is not one of square patches in three colours")
      }
      return [out, 3, side, side]
    }, back: { _, old in old.dimensions })

  /// One of the two frames of a convolution.
  static func frame(_ index: Int) -> TensorChange {
    .arrange { (_, shape) throws(ModelError) in
      let outer = Array(shape.dimensions.dropLast())
      guard outer.count == 4, outer[2] == 2 else {
        throw ModelError(
          .shapeMismatch, "config.json",
          "the patches' convolution of shape \(shape) is not one over two frames")
      }
      var ranges = outer.map { 0..<$0 }
      ranges[2] = index..<index + 1
      return RowArrangement(grid: outer, ranges: ranges, shape: [outer[0], outer[1], outer[3]])
    }
  }

  /// Colours stand last in each patch's elements and come first: [out, side × side × 3] becomes
  /// [out, 3, side, side].
  static let patchesByColor = TensorChange.chosen { (_, shape) throws(ModelError) in
    let dimensions = shape.dimensions
    guard dimensions.count == 2, let side = patchSide(dimensions[1]) else {
      throw ModelError(
        .shapeMismatch, "config.json",
        "the patches' embedding of shape \(shape) is not one of square patches in three colours")
    }
    let (out, area) = (dimensions[0], side * side)
    return [
      .reshape({ _, _ in [out * area * 3, 1] }, back: { _, _ in dimensions }),
      .arrange { (_, _) throws(ModelError) in
        RowArrangement(grid: [out, area, 3], order: [0, 2, 1], shape: [out * area * 3])
      },
      .reshape({ _, _ in [out, 3, side, side] }, back: { _, _ in dimensions }),
    ]
  }

  /// The side of a square patch of three colours with so many elements.
  private static func patchSide(_ elements: Int) -> Int? {
    guard elements > 0, elements % 3 == 0 else { return nil }
    let side = Int(Double(elements / 3).squareRoot())
    return side * side * 3 == elements ? side : nil
  }

  /// Another shape with the same elements, which `shape` makes of the one that is there.
  static func shaped(
    _ shape: @escaping @Sendable ([Int]) -> [Int]
  ) -> TensorChange {
    .reshape({ _, old in shape(old.dimensions) }, back: { _, old in old.dimensions })
  }
}
