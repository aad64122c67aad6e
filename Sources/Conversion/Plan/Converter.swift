internal import WeighbridgeArchitectures
internal import WeighbridgeByteIO
internal import WeighbridgeEncodings
package import WeighbridgeModelIR

/// Plans conversions.
///
/// A checkpoint is brought into GGUF's names first; then each tensor gets an encoding. All is lazy:
///
///     let model = try Formats.open(path: "checkpoint/")
///     let plan = try Converter.plan(model, ConversionOptions(recipe: .named("Q4_K_M")))
///     print(plan)                                             // --dry-run
///     let layout = try GGUF.layOut(plan.model)
///     let file = try AtomicFile(path: "out.gguf", byteCount: layout.byteCount)
///     try StreamingExecutor(workers: 8).write(plan.model, as: layout, to: file.sink)
///     try file.commit()
package enum Converter {
  /// Decides everything and reads no tensor.
  ///
  /// Throws where the model is not understood, a tensor cannot be encoded as asked, or weights of
  /// importance are needed and missing.
  package static func plan(
    _ model: Model, _ options: ConversionOptions
  ) throws(ConversionError) -> ConversionPlan {
    var options = options
    options.canonical.legacy.isEncodedAnew = options.recipe != nil
    switch model.kind {
    case .adapter where options.canonical.part == .text:
      return try plan(adapter: model, options)
    case .checkpoint: return try plan(checkpoint: model, options)
    case _ where options.canonical.part == .projector:
      throw .model(
        ModelError(
          .invalidRequest, model.origin.files.first?.path ?? "the model",
          "a projector is made of a checkpoint, and this is none",
          hint: "give the folder of the whole checkpoint"))
    case .adapter: return try plan(adapter: model, options)
    case .gguf, .legacy, .importance, .baseline, .tensors:
      let canonical = try CanonicalModel.make(model, options.canonical)
      do { return try plan(blocks: canonical, &options) } catch { throw .model(error) }
    }
  }

  /// A model that has its encodings: nothing is encoded anew unless that is asked for.
  private static func plan(
    blocks model: Model, _ options: inout ConversionOptions
  ) throws(ModelError) -> ConversionPlan {
    if let recipe = options.recipe { return try QuantizationPlanner(model, recipe, options).plan() }
    guard options.hasRules else { return KeptEncodings.plan(model, options) }
    guard !options.isPure else {
      throw ModelError(
        .invalidRequest, "--pure", "every matrix gets the recipe's base, and there is no recipe",
        hint: "name one with --type")
    }
    options.keepsTypes = true
    return try QuantizationPlanner(model, KeptEncodings.recipe(of: model), options).plan()
  }

  /// A checkpoint: what llama.cpp's converter writes, or what its quantizer makes of that.
  private static func plan(
    checkpoint model: Model, _ options: ConversionOptions
  ) throws(ConversionError) -> ConversionPlan {
    guard options.canonical.part == .text else {
      return try plan(projectorOf: model, options)
    }
    let (read, origins) = try CanonicalModel.traced(model, options.canonical)
    let canonical = ExactSettings.removed(from: read)
    return try plan(canonical, origins, [:], options)
  }

  /// What sees or hears for a checkpoint's text model, as a file of its own.
  private static func plan(
    projectorOf model: Model, _ options: ConversionOptions
  ) throws(ConversionError) -> ConversionPlan {
    let projector = try ProjectorModel(model, options.canonical)
    return try plan(projector.model, projector.origins, projector.pinned, options)
  }

  private static func plan(
    _ canonical: Model, _ origins: [ByteString: TensorOrigin],
    _ pinned: [ByteString: Projector.Precision], _ options: ConversionOptions
  ) throws(ConversionError) -> ConversionPlan {
    do throws(ModelError) {
      let recipe = options.recipe ?? RecipeSelection.automatic(canonical)
      // Rules are the quantizer's: with them the result is that of `convert`, then `quantize`.
      let isConversion =
        options.followsConverter && options.userRecipe == nil && !options.hasRules
        && ConverterTypes.apply(to: recipe)
      let written = isConversion ? recipe : RecipeSelection.automatic(canonical)
      let typed = try ConverterTypes.typed(
        canonical, as: isConversion ? recipe : nil, clamps: options.clamps,
        keepsCodes: options.recipe == nil, pinned: pinned, isHalf: written.base == .f16)
      let plan =
        isConversion
        ? try typed.plan(for: recipe, options)
        : try QuantizationPlanner(typed.model, recipe, options).plan()
      return plan.checked(clamps: options.clamps).traced(to: origins)
    } catch { throw .model(error) }
  }
}

extension ConversionPlan {
  /// The same, with tensors that are copied as they are looked at for NaN and infinity.
  fileprivate func checked(clamps: Bool) -> ConversionPlan {
    var model = model
    for index in model.tensors.indices where model.tensors[index].payload.step != .encoded {
      let tensor = model.tensors[index]
      if let checked = CheckedPayload(tensor.payload, named: tensor.name, clamps: clamps) {
        model.tensors[index].payload = checked
      }
    }
    return ConversionPlan(model: model, rows: rows, recipe: recipe, notes: notes)
  }

  /// The same, with the checkpoint's names.
  fileprivate func traced(to origins: [ByteString: TensorOrigin]) -> ConversionPlan {
    let rows = rows.map { row in
      guard let origin = origins[row.source] else { return row }
      var row = row
      row.checkpointName = origin.source
      row.changes = origin.changes + (row.codes.map { [$0.text] } ?? [])
      return row
    }
    return ConversionPlan(model: model, rows: rows, recipe: recipe, notes: notes)
  }
}

/// The recipe where none is asked for.
enum RecipeSelection {
  /// BF16 where the first matrix in 16 bits is, F16 otherwise: as llama.cpp's converter decides.
  static func automatic(_ model: Model) -> Recipe {
    for tensor in model.tensors where tensor.layout.shape.dimensions.count >= 2 {
      if tensor.layout.encoding == .bf16 { return .bf16 }
      if tensor.layout.encoding == .f16 { return .f16 }
    }
    return .f16
  }
}
