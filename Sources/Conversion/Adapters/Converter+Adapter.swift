internal import WeighbridgeByteIO
internal import WeighbridgeCheckpoints
internal import WeighbridgeModelIR

extension Converter {
  /// Plans a low-rank adapter as GGUF; of the checkpoint that it was trained on only `config.json` is
  /// read.
  ///
  /// F32 where no type is asked for, as llama.cpp's converter of adapters writes.
  static func plan(
    adapter model: Model, _ options: ConversionOptions
  ) throws(ConversionError) -> ConversionPlan {
    do throws(ModelError) {
      guard let base = options.base else {
        throw ModelError(
          .invalidRequest, model.origin.files.first?.path ?? "the adapter",
          "this is an adapter, and the checkpoint that it was trained on is not here",
          hint: "--base FOLDER names it; only its config.json is read")
      }
      try options.refuseRules(of: "an adapter")
      let recipe = options.recipe ?? .f32
      guard ConverterTypes.apply(to: recipe) else {
        throw ModelError(
          .invalidRequest, recipe.name, "an adapter is written as F32, F16, BF16 or Q8_0")
      }
      let adapter = try LoRAAdapter(model)
      let canonical = try AdapterModel.make(adapter, base: CheckpointFiles(base), options.canonical)
      let typed = try ConverterTypes.typed(canonical, as: recipe, clamps: options.clamps)
      return try typed.plan(for: recipe, options)
    } catch { throw .model(error) }
  }
}
