internal import WeighbridgeByteIO
internal import WeighbridgeConversion
package import WeighbridgeModelIR

/// What a table says of a model that was measured.
public struct MeasuredModel: Hashable, Sendable {
  /// Where it is, or was when a reference was stored.
  public let location: String
  /// Its mix of encodings, as llama.cpp calls it: `Q4_K_M`; `stored` where nothing says.
  public let type: String
  /// Bytes of its files; 0 where that is not known.
  public let bytes: UInt64
  /// Bits that a weight takes on average.
  public let bitsPerWeight: Double

  package init(location: String, type: String, bytes: UInt64, bitsPerWeight: Double) {
    self.location = location
    self.type = type
    self.bytes = bytes
    self.bitsPerWeight = bitsPerWeight
  }

  package init(_ location: String, _ model: Model) {
    let summary = ModelSummary(model)
    self.init(
      location: location, type: TypeName.of(model), bytes: summary.fileBytes,
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
