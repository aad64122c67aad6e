internal import WeighbridgeArchitectures
internal import WeighbridgeByteIO
internal import WeighbridgeEncodings
internal import WeighbridgeModelIR

/// Plans what `llama-quantize` does: tensors sorted by layer, encodings by recipe, metadata as there.
struct QuantizationPlanner {
  let model: Model
  let recipe: Recipe
  let options: ConversionOptions

  init(_ model: Model, _ recipe: Recipe, _ options: ConversionOptions) {
    self.model = model
    self.recipe = recipe
    self.options = options
  }

  /// The plan.
  func plan() throws(ModelError) -> ConversionPlan {
    var notes = model.problems + (options.importance?.problems ?? []) + architectureNotes
    var input = model.metadata
    for entry in options.overrides { input[entry.key] = entry.value }
    try checkRequest()
    let pruning = try LayerPruning(options.prunedLayers, model.tensors.map(\.name))
    let kept = model.tensors.compactMap { tensor in
      pruning.name(of: tensor.name).map { (tensor: tensor, name: $0) }
    }.sorted { precedes($0.tensor, $1.tensor) }
    var selector = try RecipeSelector(
      recipe, options, names: kept.map(\.name), metadata: input)
    var rows: [ConversionPlan.Row] = []
    var result = model
    result.tensors = []
    for (tensor, name) in kept {
      var renamed = Self.trimmed(tensor)
      renamed.name = name
      let choice = try selector.choose(name, tensor.layout)
      let target = choice.encoding ?? tensor.layout.encoding
      let importance = try importance(of: tensor, as: target, &notes)
      let kept = target == tensor.layout.encoding ? nil : try KeptCodes.of(tensor, in: target)
      let encoded = try encode(renamed, as: target, importance, kept)
      result.tensors.append(encoded)
      var row = ConversionPlan.Row(
        source: tensor.name, name: name, shape: tensor.layout.shape,
        sourceEncoding: tensor.layout.encoding, encoding: target,
        sourceBytes: tensor.layout.byteCount, bytes: encoded.layout.byteCount,
        replaced: choice.replaced, usesImportance: importance != nil && kept?.blocks == nil,
        sourceFile: tensor.location?.file)
      row.codes = kept?.fate
      rows.append(row)
    }
    notes += selector.unused
    try checkEffect(rows)
    result.metadata = metadata(pruning, &notes)
    result.origin = model.origin
    return ConversionPlan(
      model: result, rows: rows,
      recipe: options.keepsTypes ? KeptEncodings.name(of: model) : recipe.name, notes: notes)
  }

  /// The tensor without leading dimensions of one element, which ggml does not count (`ggml_n_dims`).
  private static func trimmed(_ tensor: Tensor) -> Tensor {
    let dimensions = tensor.layout.shape.dimensions
    let counted = dimensions.drop { $0 == 1 }
    guard counted.count < dimensions.count, let last = dimensions.last,
      let payload = ReshapedPayload(tensor.payload, counted.isEmpty ? [last] : Array(counted))
    else { return tensor }
    var result = tensor
    result.payload = payload
    return result
  }

  /// The order of the output: layer by layer, or as the tensors lie in the parts of a split model.
  private func precedes(_ left: Tensor, _ right: Tensor) -> Bool {
    guard options.keepsSplit, let first = left.location, let second = right.location else {
      return LayerName.precedes(left.name, right.name)
    }
    return first.file != second.file ? first.file < second.file : first.offset < second.offset
  }

  /// Says so where nothing is known of the architecture.
  private var architectureNotes: [Diagnostic] {
    let name = model.metadata["general.architecture"]?.string?.text ?? ""
    guard name != "clip", ArchitectureRegistry.named(name) == nil else { return [] }
    return [
      Diagnostic(
        .warning, "unknown-architecture", at: "general.architecture",
        "'\(name)' is not known here; its tensors get their types by general rules, from their "
          + "names and shapes")
    ]
  }

  private func encode(
    _ tensor: Tensor, as target: Encoding, _ importance: TensorImportance?, _ kept: KeptCodes?
  ) throws(ModelError) -> Tensor {
    var tensor = tensor
    guard tensor.layout.encoding != target else { return tensor }
    if let blocks = kept?.blocks {
      tensor.payload = blocks
      return tensor
    }
    // Old blocks are decoded themselves: what fits no block of today is encoded once, from the
    // source, and what was repacked before its scales were rounded.
    let source = tensor.payload.beforeRewriting
    let isEncodedAnyway = tensor.payload.step == .encoded && source.step != .encoded
    if isEncodedAnyway {
      tensor.payload = source
    } else if tensor.layout.encoding.isBlocked, !mayDecode(to: target) {
      throw ModelError(
        .invalidRequest, "tensor '\(tensor.name)'",
        "it is \(tensor.layout.encoding) already; encoding it again as \(target) loses "
          + "precision twice",
        hint: options.followsConverter
          ? "omit --type to keep the codes; quantize --allow-requantize requantizes anyway"
          : "--allow-requantize requantizes anyway")
    }
    tensor.payload = source
    return try Reencoding.apply(
      target, to: tensor, importance: importance, clamps: options.clamps,
      options.amendsEncoders ? .amended : .noted(options.misencoded))
  }

  /// Whether blocks may become the target: always where that was asked for, and plain numbers where
  /// a file is converted, since decoding loses nothing that the blocks had.
  private func mayDecode(to target: Encoding) -> Bool {
    options.allowsRequantizing
      || (options.followsConverter && [.f32, .f16, .bf16].contains(target))
  }

  /// The weights of a tensor that is encoded anew (llama-quant.cpp, `tensor_requires_imatrix`, and in
  /// `llama_model_quantize_impl` what becomes of a tensor without an entry).
  private func importance(
    of tensor: Tensor, as target: Encoding, _ notes: inout [Diagnostic]
  ) throws(ModelError) -> TensorImportance? {
    guard tensor.layout.encoding != target else { return nil }
    let role = TensorRole(tensor.name)
    let isNeeded =
      target.importance == .required
      || (role != .embedding && role != .output && recipe.needsImportance(target))
    guard let matrix = options.importance else {
      guard isNeeded else { return nil }
      if options.isDryRun {
        notes.append(
          Diagnostic(
            .warning, "importance-needed", at: tensor.name.text,
            "\(target) needs an importance matrix"))
        return nil
      }
      throw ModelError(
        .missingMetadata, "tensor '\(tensor.name)'",
        "\(target) needs an importance matrix",
        hint: "measure one with 'weighbridge imatrix' and give it with --importance")
    }
    guard let values = matrix.values(of: tensor.name) else {
      guard !isNeeded else {
        throw ModelError(
          .missingTensor, matrix.path,
          "it has no entry for '\(tensor.name)', which needs one to be \(target)",
          hint: "choose another encoding for it with --tensor-type, --embedding-type or "
            + "--output-type")
      }
      if role != .embedding, target.isBlocked {
        notes.append(
          Diagnostic(
            .warning, "importance-missing", at: tensor.name.text,
            "the importance matrix has no entry for it; its columns weigh alike"))
      }
      return nil
    }
    let dimensions = tensor.layout.shape.dimensions
    let matrices = dimensions.count >= 3 ? dimensions[dimensions.count - 3] : 1
    guard values.count == tensor.layout.rowLength * matrices else {
      if role == .embedding { return nil }
      throw ModelError(
        .shapeMismatch, matrix.path,
        "'\(tensor.name)' has \(values.count) weights for "
          + "\(matrices) × \(tensor.layout.rowLength) columns")
    }
    return TensorImportance(
      neutralized(values, tensor, &notes), columns: tensor.layout.rowLength)
  }

  /// Metadata in the order of `llama-quantize`: what is set anew moves to the end, since
  /// `gguf_set_val_*` (gguf.cpp) remove a key before they append it.
  private func metadata(
    _ pruning: LayerPruning, _ notes: inout [Diagnostic]
  ) -> Metadata {
    var metadata = model.metadata
    func set(_ key: ByteString, _ value: MetadataValue) {
      metadata[key] = nil
      metadata[key] = value
    }
    set("general.quantization_version", .uint32(2))
    if !options.keepsTypes { set("general.file_type", .uint32(recipe.fileType)) }
    for key: ByteString in ["split.no", "split.count", "split.tensors.count"] {
      metadata[key] = nil
    }
    for entry in options.overrides { set(entry.key, entry.value) }
    if options.overrides.contains(where: { !$0.key.hasPrefix("general.") }) {
      KeptFiles.remove(tensors: false, from: &metadata)
    }
    if let importance = options.importance {
      set("quantize.imatrix.file", .string(Self.shortened(ByteString(importance.path))))
      if let dataset = importance.datasets.first {
        set("quantize.imatrix.dataset", .string(Self.shortened(dataset)))
      }
      set("quantize.imatrix.entries_count", .uint32(UInt32(importance.entries.count)))
      if importance.chunkCount > 0, let count = UInt32(exactly: importance.chunkCount) {
        set("quantize.imatrix.chunks_count", .uint32(count))
      }
    }
    guard !options.prunedLayers.isEmpty else { return metadata }
    let architecture = metadata["general.architecture"]?.string ?? ""
    notes += pruning.apply(to: &metadata, architecture)
    KeptFiles.remove(tensors: true, from: &metadata)
    for (key, count) in pruning.counts(architecture) { set(key, .uint32(UInt32(count))) }
    return metadata
  }

  /// As long as llama.cpp keeps such strings: 127 bytes and a zero (llama.h,
  /// `llama_model_kv_override::val_str`).
  private static func shortened(_ text: ByteString) -> ByteString {
    ByteString(Array(text.bytes.prefix(127)))
  }
}
