package import WeighbridgeByteIO
package import WeighbridgeEncodings
package import WeighbridgeModelIR

/// What a conversion will do: nothing is read or written yet.
///
/// The exact size of the file follows from laying out `model` in a format.
package struct ConversionPlan: Sendable {
  /// What becomes of one tensor.
  package struct Row: Hashable, Sendable {
    /// Its name in the input of the plan.
    package let source: ByteString
    /// Its name in the output.
    package let name: ByteString
    /// Its shape, outermost first.
    package let shape: TensorShape
    /// Its encoding before.
    package let sourceEncoding: Encoding
    /// Its encoding after.
    package let encoding: Encoding
    /// Its bytes before.
    package let sourceBytes: UInt64
    /// Its bytes after.
    package let bytes: UInt64
    /// The encoding that the recipe meant, where the rows do not hold its blocks.
    package let replaced: Encoding?
    /// Whether its columns are weighed by importance.
    package let usesImportance: Bool
    /// The number of the file that it comes from, where it is one tensor of a file.
    package var sourceFile: Int?
    /// The checkpoint's name for it, where it has another.
    package internal(set) var checkpointName: ByteString?
    /// What is done to its rows and elements before they are encoded, in words.
    package internal(set) var changes: [String] = []

    /// What becomes of the integers that it was quantized to; nil where it has none.
    package internal(set) var codes: CodeFate?

    /// All that is done to it: `rows reordered, BF16 → Q8_0`.
    package var operation: String {
      let encoded = sourceEncoding == encoding ? [] : ["\(sourceEncoding) → \(encoding)"]
      return changes.isEmpty && encoded.isEmpty
        ? "copied" : (changes + encoded).joined(separator: ", ")
    }
  }

  /// The transformed model; its payloads are computed when they are read.
  package let model: Model
  /// The tensors, in the order of the output.
  package let rows: [Row]
  /// The recipe's name, or the type that was kept.
  package let recipe: String
  /// What the user should know.
  package var notes: [Diagnostic]

  init(model: Model, rows: [Row], recipe: String, notes: [Diagnostic]) {
    self.model = model
    self.rows = rows
    self.recipe = recipe
    self.notes = notes
  }

  /// A second file that is written with the first: what sees or hears for a text model.
  ///
  /// Its tensors follow the others' in `rows`.
  package private(set) var companion: Model?

  /// Bytes of all tensors before, without padding.
  package var sourceBytes: UInt64 { rows.reduce(0) { $0 &+ $1.sourceBytes } }
  /// Bytes of all tensors after, without padding.
  package var tensorBytes: UInt64 { rows.reduce(0) { $0 &+ $1.bytes } }
  /// Bits a weight takes on average.
  package var bitsPerWeight: Double {
    Double(tensorBytes) * 8 / Double(max(1, elementCount))
  }
  /// Weights of all files.
  package var elementCount: UInt64 { model.elementCount &+ (companion?.elementCount ?? 0) }

  /// The same, with another plan's model as a second file.
  package func joined(by other: ConversionPlan) -> ConversionPlan {
    var result = ConversionPlan(
      model: model, rows: rows + other.rows, recipe: recipe,
      notes: notes + other.notes.filter { !notes.contains($0) })
    result.companion = other.model
    return result
  }
}

extension ConversionPlan: CustomStringConvertible {
  /// A table: one line a tensor.
  package var description: String {
    let width = rows.map { $0.name.text.count }.max() ?? 0
    let shapes = rows.map { $0.shape.description.count }.max() ?? 0
    return rows.map { row in
      let name = row.name.text + String(repeating: " ", count: width - row.name.text.count)
      let shape = row.shape.description
      let change =
        row.sourceEncoding == row.encoding
        ? row.encoding.name : "\(row.sourceEncoding) → \(row.encoding)"
      return "\(name)  \(shape)\(String(repeating: " ", count: shapes - shape.count))  \(change)"
        + "  \(row.bytes)" + (row.replaced.map { "  (for \($0))" } ?? "")
        + (row.usesImportance ? "  importance" : "")
    }.joined(separator: "\n")
  }
}
