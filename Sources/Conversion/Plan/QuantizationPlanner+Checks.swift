internal import WeighbridgeByteIO
internal import WeighbridgeEncodings
internal import WeighbridgeModelIR

/// What a plan refuses or warns of because it would have no effect, or another than the one meant.
extension QuantizationPlanner {
  /// Refuses what cannot have the effect that is asked for.
  func checkRequest() throws(ModelError) {
    if model.metadata["general.type"]?.string == "adapter", recipe.kind != .plain,
      !options.keepsTypes
    {
      throw ModelError(
        .invalidRequest, recipe.name, "an adapter's halves are not quantized by recipes",
        hint: "convert ADAPTER --type Q8_0, F16 or BF16 writes it in fewer bits")
    }
  }

  /// Throws where a recipe of blocks has encoded nothing and nothing was in its blocks before.
  func checkEffect(_ rows: [ConversionPlan.Row]) throws(ModelError) {
    guard recipe.kind != .plain, !options.keepsTypes, !rows.isEmpty,
      !rows.contains(where: { $0.encoding != $0.sourceEncoding }),
      !rows.contains(where: { $0.encoding.elementsPerBlock > 1 })
    else { return }
    throw ModelError(
      .invalidRequest, recipe.name,
      "nothing in this model would be encoded: no tensor is a matrix whose name ends in 'weight' and "
        + "which may be in blocks",
      hint: "--type COPY copies a model as it is")
  }

  /// The weights, with a warning where all of a matrix are zero: such a matrix decodes to noise, since no
  /// error costs anything.
  func neutralized(
    _ values: [Float], _ tensor: Tensor, _ notes: inout [Diagnostic]
  ) -> [Float] {
    let columns = tensor.layout.rowLength
    var values = values
    var empty: [Int] = []
    for part in 0..<values.count / max(1, columns) {
      let range = part * columns..<(part + 1) * columns
      guard values[range].allSatisfy({ $0 == 0 }) else { continue }
      empty.append(part)
      if options.neutralizesZeros { for index in range { values[index] = 1 } }
    }
    guard !empty.isEmpty else { return values }
    let whole = values.count == columns
    notes.append(
      Diagnostic(
        .warning, "importance-zero", at: tensor.name.text,
        options.neutralizesZeros
          ? "the importance matrix has only zeros for \(whole ? "it" : "\(empty.count) of its matrices"); these columns weigh alike"
          : whole
            ? "the importance matrix has only zeros for it, so that nothing of it is kept "
              + "(--neutral-importance weighs its columns alike)"
            : "the importance matrix has only zeros for \(empty.count) of its matrices, so that nothing of "
              + "them is kept (--neutral-importance weighs their columns alike)"))
    return values
  }
}
