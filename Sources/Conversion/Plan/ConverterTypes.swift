internal import WeighbridgeArchitectures
internal import WeighbridgeByteIO
internal import WeighbridgeEncodings
internal import WeighbridgeModelIR

/// The encodings that llama.cpp's converter gives to a checkpoint's tensors.
struct ConverterTypes {
  /// The model in its new encodings.
  let model: Model
  private let sources: [TensorLayout]
  private let replaced: [Encoding?]
  private let codes: [CodeFate?]

  /// Whether the converter itself writes a recipe; all others are quantized afterwards.
  static func apply(to recipe: Recipe) -> Bool {
    recipe.kind != .uniform && [.f32, .f16, .bf16, .q8_0].contains(recipe.base)
  }

  /// Names of tensors that are never in less than single precision, without `blk.N.`.
  ///
  /// conversion/base.py, `prepare_tensors`: the list of `match_model_tensor_name`, and what families add
  /// in `tensor_force_quant`.
  private static let single: Set<ByteString> = [
    "ffn_gate_inp.weight", "ffn_gate_inp_shexp.weight", "position_embd.weight",
    "token_types.weight", "ssm_conv1d.weight", "shortconv.conv.weight", "time_mix_first.weight",
    "time_mix_w1.weight", "time_mix_w2.weight", "time_mix_decay_w1.weight",
    "time_mix_decay_w2.weight", "time_mix_lerp_fused.weight", "altup_correct_coef.weight",
    "altup_predict_coef.weight", "ssm_conv1d_q.weight", "ssm_conv1d_k.weight",
    "ssm_conv1d_v.weight", "indexer.proj.weight", "v.position_embd.weight",
    "a.position_embd.weight",
  ]

  /// Whether nothing can ask for a tensor in less: vectors and norms.
  private static func isAlwaysSingle(_ tensor: Tensor) -> Bool {
    tensor.layout.shape.dimensions.count <= 1 || tensor.name.hasSuffix("_norm.weight")
  }

  /// Whether a tensor is in single precision whatever is asked for.
  static func isSingle(_ tensor: Tensor, _ traits: QuantizationTraits? = nil) -> Bool {
    let name = tensor.name
    if traits?.convertsAllMatrices == true { return tensor.layout.shape.dimensions.count <= 1 }
    if isAlwaysSingle(tensor) { return true }
    var kind = name
    if LayerName.layer(of: name) != nil, let dot = name.bytes.dropFirst(4).firstIndex(of: 0x2E) {
      kind = ByteString(Array(name.bytes[(dot + 1)...]))
    }
    // A matrix of a model, or one half of an adapter's.
    let isMatrix = ([".weight", ".lora_a", ".lora_b"] as [ByteString]).contains {
      name.hasSuffix($0)
    }
    return single.contains(kind) || !isMatrix
  }

  /// Encodes every tensor as the converter would; nil for `recipe` keeps matrices as they are.
  ///
  /// Rows that hold no whole blocks become F16, as after a `QuantError` in `prepare_tensors`. Where
  /// `keepsCodes`, no type was asked for: integers that a checkpoint holds go into blocks as they are.
  /// `pinned` are tensors of a projector whose precision is given; `isHalf` says whether that of
  /// matrices is.
  static func typed(
    _ model: Model, as recipe: Recipe?, clamps: Bool, keepsCodes: Bool = false,
    pinned: [ByteString: Projector.Precision] = [:], isHalf: Bool = false
  ) throws(ModelError) -> ConverterTypes {
    let model = keepsCodes ? try ActivationOrder.absorbed(model) : model
    var result = model
    var replaced: [Encoding?] = []
    var codes: [CodeFate?] = []
    var factors: [Tensor] = []
    let traits = model.metadata["general.architecture"]?.string.flatMap {
      ArchitectureRegistry.quantization(of: $0.text)
    }
    for index in model.tensors.indices {
      let tensor = model.tensors[index]
      var target: Encoding?
      var meant: Encoding?
      var fate: CodeFate?
      if let precision = pinned[tensor.name], !isAlwaysSingle(tensor) {
        target = precision == .half || (precision == .halfOrSingle && isHalf) ? .f16 : .f32
      } else if isSingle(tensor, traits) {
        target = .f32
      } else if let recipe {
        target = recipe.base.divides(tensor.layout.shape.rowLength) ? recipe.base : .f16
        if target != recipe.base { meant = recipe.base }
        if let kept = try KeptCodes.of(tensor, in: keepsCodes ? nil : recipe.base) {
          fate = kept.fate
          target = kept.blocks == nil ? kept.nearest ?? target : nil
          if let blocks = kept.blocks {
            result.tensors[index] = Tensor(name: tensor.name, payload: blocks)
            meant = nil
            if let factor = factor(kept.factors, of: tensor) { factors.append(factor) }
          }
        }
      }
      if let target {
        result.tensors[index] = try Reencoding.apply(
          target, to: result.tensors[index], clamps: clamps)
      }
      replaced.append(meant)
      codes.append(fate)
    }
    result.tensors += factors
    return ConverterTypes(
      model: result, sources: (model.tensors + factors).map(\.layout),
      replaced: replaced + factors.map { _ in nil }, codes: codes + factors.map { _ in nil })
  }

  /// `….scale` beside `….weight`, as conversion/base.py's `_write_scale_tensor` names it.
  private static func factor(_ values: [Float], of tensor: Tensor) -> Tensor? {
    guard !values.isEmpty, tensor.name.hasSuffix(".weight"), let payload = MemoryPayload(values)
    else { return nil }
    let stem = tensor.name.bytes.dropLast("weight".utf8.count)
    return Tensor(name: ByteString(Array(stem) + Array("scale".utf8)), payload: payload)
  }

  /// The plan for a recipe that the converter writes itself.
  func plan(
    for recipe: Recipe, _ options: ConversionOptions
  ) throws(ModelError) -> ConversionPlan {
    var model = model
    let recipe = KeptCodes.recipe(of: model, codes) ?? recipe
    if model.metadata["general.file_type"] != nil {
      model.metadata["general.file_type"] = .uint32(recipe.fileType)
    }
    for entry in options.overrides { model.metadata[entry.key] = entry.value }
    let rows = model.tensors.indices.map { index in
      let tensor = model.tensors[index]
      var row = ConversionPlan.Row(
        source: tensor.name, name: tensor.name, shape: tensor.layout.shape,
        sourceEncoding: sources[index].encoding, encoding: tensor.layout.encoding,
        sourceBytes: sources[index].byteCount, bytes: tensor.layout.byteCount,
        replaced: replaced[index], usesImportance: false)
      row.codes = codes[index]
      return row
    }
    return ConversionPlan(model: model, rows: rows, recipe: recipe.name, notes: model.problems)
  }
}

/// Payloads in another encoding.
enum Reencoding {
  /// The tensor itself where it is in that encoding, else one that is encoded when it is read.
  static func apply(
    _ encoding: Encoding, to tensor: Tensor, importance: TensorImportance? = nil, clamps: Bool,
    _ slips: EncoderSlips = .ignored
  ) throws(ModelError) -> Tensor {
    let source = tensor.layout.encoding
    guard source != encoding else { return tensor }
    guard encoding.encoder != nil else {
      throw ModelError(
        .unsupportedEncoding, "tensor '\(tensor.name)'", "\(encoding) cannot be written")
    }
    guard
      let payload = ReencodedPayload(
        tensor.payload, to: encoding, named: tensor.name, importance: importance, clamps: clamps,
        slips)
    else {
      throw ModelError(
        .unsupportedEncoding, "tensor '\(tensor.name)'",
        "\(source) of shape \(tensor.layout.shape) cannot be encoded as \(encoding)")
    }
    return Tensor(name: tensor.name, payload: payload)
  }
}
