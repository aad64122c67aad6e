internal import WeighbridgeByteIO
internal import WeighbridgeEncodings
internal import WeighbridgeModelIR

/// Plans that leave every tensor in its encoding: what was written yesterday, in today's form.
enum KeptEncodings {
  /// `general.file_type` of mixes whose rows were interleaved for certain CPUs: today's Q4_0.
  private static let interleavedTypes = 33...35

  /// The plan: all tensors in the order of the input.
  static func plan(_ model: Model, _ options: ConversionOptions) -> ConversionPlan {
    var model = model
    if let type = model.metadata["general.file_type"]?.integer, interleavedTypes.contains(type) {
      model.metadata["general.file_type"] = .uint32(Recipe.q4_0.fileType)
    }
    // The parts of a split model become one file.
    for key: ByteString in ["split.no", "split.count", "split.tensors.count"] {
      model.metadata[key] = nil
    }
    for entry in options.overrides { model.metadata[entry.key] = entry.value }
    let rows = model.tensors.map { tensor in
      let before = tensor.payload.stored
      return ConversionPlan.Row(
        source: tensor.name, name: tensor.name, shape: tensor.layout.shape,
        sourceEncoding: before.encoding, encoding: tensor.layout.encoding,
        sourceBytes: before.byteCount, bytes: tensor.layout.byteCount, replaced: nil,
        usesImportance: false, sourceFile: tensor.location?.file)
    }
    return ConversionPlan(
      model: model, rows: rows, recipe: name(of: model), notes: model.problems)
  }

  /// The recipe whose number a model carries; F16 where it carries none that is known.
  static func recipe(of model: Model) -> Recipe {
    let type = model.metadata["general.file_type"]?.integer
    return RecipeRegistry.all.first { Int($0.fileType) == type } ?? .f16
  }

  /// What to call the mix of encodings.
  static func name(of model: Model) -> String {
    guard !model.tensors.isEmpty else { return "vocabulary" }
    let type = model.metadata["general.file_type"]?.integer
    return RecipeRegistry.all.first { Int($0.fileType) == type }?.name ?? "as it is"
  }
}
