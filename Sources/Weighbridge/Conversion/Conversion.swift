package import WeighbridgeByteIO
package import WeighbridgeCalibration
internal import WeighbridgeConversion
internal import WeighbridgeEncodings
internal import WeighbridgeModelIR

/// A conversion that is planned: what will be written is known to the byte, and nothing is written.
public struct Conversion: Sendable {
  /// What becomes of one tensor.
  public struct Tensor: Hashable, Sendable {
    /// Its name in the output.
    public let name: String
    /// Its name in the source.
    public let source: String
    /// Its shape, outermost dimension first.
    public let shape: [Int]
    /// Its encoding before.
    public let sourceEncoding: String
    /// Its encoding after.
    public let encoding: String
    /// Its bytes after.
    public let bytes: UInt64
    /// Whether its columns are weighed by importance.
    public let usesImportance: Bool
  }

  /// A file of the output.
  public struct File: Hashable, Sendable {
    /// Where it will be.
    public let path: String
    /// Its size.
    public let bytes: UInt64
  }

  /// What was written.
  public struct Result: Sendable {
    /// How long it took.
    public let seconds: Double
    /// Bytes that an interrupted run had written.
    public let resumedBytes: UInt64
    /// The error of what was encoded, over all tensors; nil where nothing was measured.
    public let cost: Cost?
    /// What was noticed while writing.
    public let diagnostics: [Diagnostic]
  }

  /// What encoding cost, over all tensors.
  public struct Cost: Hashable, Sendable {
    /// The root of the mean squared error.
    public let rootMeanSquare: Double
    /// The norm of the error as a part of that of the weights.
    public let relative: Double
    /// The cosine between the weights before and after.
    public let cosine: Double
    /// The largest error of a weight.
    public let largest: Double
  }

  package var writer: OutputWriter
  package let parts: [OutputWriter.Part]
  /// What calibration did, where there was one.
  package let calibration: CalibrationReport?
  /// Where the encodings that calibration has chosen are written.
  let recipeOutput: TextOutput?

  /// The recipe's name, or the type that was kept.
  public var recipe: String { writer.plan.recipe }
  /// Bits that a weight takes on average.
  public var bitsPerWeight: Double { writer.plan.bitsPerWeight }
  /// The files to write, with their exact sizes.
  public var files: [File] { parts.map { File(path: $0.path, bytes: $0.layout.byteCount) } }
  /// The tensors, in the order of the output.
  public var tensors: [Tensor] {
    writer.plan.rows.map { row in
      Tensor(
        name: row.name.text, source: (row.checkpointName ?? row.source).text,
        shape: row.shape.dimensions, sourceEncoding: row.sourceEncoding.name,
        encoding: row.encoding.name,
        bytes: row.bytes, usesImportance: row.usesImportance)
    }
  }
  /// What was noticed while planning.
  public var diagnostics: [Diagnostic] {
    // What the reader noticed is mostly among the plan's notes.
    let notes = writer.plan.notes
    return (writer.source.problems.filter { !notes.contains($0) } + notes).map { Diagnostic($0) }
  }

  /// Writes all files, or none: they get their names when everything is there.
  ///
  /// Throws where an output is an input or exists already, where space or the system fails, and where
  /// the source proves broken when it is read.
  public func write() throws(WeighbridgeError) -> Result {
    try publicly {
      _ = try check(report: nil)
      return try written().result
    }
  }

  /// Refuses outputs that are inputs or each other; where the report goes.
  package func check(report: String?) throws -> TextOutput? {
    try recipeOutput?.checkInputs()
    return try writer.check(parts, report: report)
  }

  /// Writes all files; what was done in full.
  package func written() throws -> (outcome: OutputWriter.Outcome, result: Result) {
    let outcome = try writer.write(parts)
    calibration?.journal?.remove()
    if let recipeOutput, let recipe = calibration?.recipe { try recipeOutput.write(recipe) }
    var cost: Cost?
    if writer.measuring != .none {
      let total = CostReport(writer.plan, outcome.sums).total
      cost = Cost(
        rootMeanSquare: total.rootMeanSquare, relative: total.relative, cosine: total.cosine,
        largest: total.largestError)
    }
    let result = Result(
      seconds: outcome.seconds ?? 0, resumedBytes: outcome.resumedBytes, cost: cost,
      diagnostics: writer.writtenDiagnostics)
    return (outcome, result)
  }
}
