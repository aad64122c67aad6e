internal import WeighbridgeByteIO
internal import WeighbridgeConversion
package import WeighbridgeModelIR

/// What reports say of a reference.
package struct ReferenceSummary {
  package let name: String
  package let type: String
  package let bytes: UInt64
  package let bitsPerWeight: Double

  package init(name: String, type: String, bytes: UInt64, bitsPerWeight: Double) {
    self.name = name
    self.type = type
    self.bytes = bytes
    self.bitsPerWeight = bitsPerWeight
  }

  package init(_ path: String, _ model: Model) {
    let summary = ModelSummary(model)
    self.init(
      name: path, type: TypeName.of(model), bytes: summary.fileBytes,
      bitsPerWeight: summary.bitsPerWeight)
  }
}

/// What to call a model's mix of encodings in a table.
package enum TypeName {
  package static func of(_ model: Model) -> String {
    if let number = model.metadata["general.file_type"]?.integer,
      let recipe = RecipeRegistry.all.first(where: { Int($0.fileType) == number }),
      model.origin.kind == .gguf
    {
      return recipe.name
    }
    return ModelSummary(model).encodings.first?.name ?? "empty"
  }
}
