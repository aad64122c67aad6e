package import WeighbridgeByteIO
internal import WeighbridgeEncodings
package import WeighbridgeModelIR

/// Finds plain weights that are integers times scales, and the blocks that hold them.
///
/// A few rows tell an ordinary weight, in which the first groups do not fit. What passes is read whole,
/// since a layout is fixed before the first byte is written. Where fitting proves nothing, as for a
/// constant, the weight counts as ordinary.
package struct GridDetection {
  /// A grid: its integers, and how many neighbours share a scale.
  struct Grid: Hashable, Sendable {
    /// The blocks that hold it.
    let encoding: Encoding
    /// The integers; nil for those of Q4_1.
    let range: ClosedRange<Int>?
    /// What the largest integer of a group can be, the usual ones first.
    let largest: [Int]
    /// Neighbours that share a scale.
    let group: Int
  }

  /// Rows that are looked at first.
  private static let sampledRows = 8
  /// Bits of evidence that a weight needs: numbers at random would pass once in 2¹²⁸.
  private static let neededEvidence: Float = 128

  /// Grids in the order in which they are tried: coarse ones fit fine ones, never the other way.
  private static func grids(rowLength: Int) -> [Grid] {
    let groups = [256, 128, 64, 32].filter { rowLength % $0 == 0 }
    let four = groups.map {
      Grid(encoding: .q4_0, range: -8...7, largest: [8, 7, 6, 5, 4], group: $0)
    }
    let affine =
      rowLength % 32 == 0
      ? [Grid(encoding: .q4_1, range: nil, largest: [], group: 32)] : []
    let eight = groups.map {
      Grid(encoding: .q8_0, range: -128...127, largest: [127, 128], group: $0)
    }
    return four + affine + eight
  }

  /// The blocks of a weight's grid; `none` where it has none.
  package static func find(_ tensor: Tensor) throws(FormatError) -> HeldCodes {
    let layout = tensor.layout
    guard let precision = GridFit.Precision(layout.encoding), let rows = FloatRows(tensor.payload),
      layout.rowCount > 0, layout.rowLength >= 32, layout.shape.dimensions.count >= 2
    else { return .none }
    var scratch = PayloadScratch()
    let step = max(1, layout.rowCount / sampledRows)
    var unread = Array(
      stride(from: 0, to: layout.rowCount, by: step).prefix(sampledRows).reversed())
    // Read when a grid has passed all rows before, which for an ordinary weight is never.
    var sample: [[Float]] = []
    for grid in grids(rowLength: layout.rowLength) {
      guard let payload = GridPayload(rows, grid, precision) else { continue }
      var survey = GridPayload.Survey()
      var fits = true
      for floats in sample where fits { fits = payload.survey(floats[...], &survey) }
      while fits, let row = unread.popLast() {
        let floats = try rows.read(rows: row..<row + 1, &scratch)
        sample.append(floats)
        fits = payload.survey(floats[...], &survey)
      }
      guard fits, survey.evidence > 0 else { continue }
      var whole = GridPayload.Survey()
      let part = max(1, (1 << 20) / layout.rowLength)
      for start in stride(from: 0, to: layout.rowCount, by: part) where fits {
        let piece = start..<min(start + part, layout.rowCount)
        let floats = try rows.borrow(rows: piece, from: &scratch)
        fits = payload.survey(floats[0..<piece.count * layout.rowLength], &whole)
        scratch.give(floats)
      }
      if fits, whole.evidence >= neededEvidence {
        return .blocks(payload, scaleError: whole.scaleError)
      }
    }
    return .none
  }
}

/// Plain numbers of a grid as blocks.
struct GridPayload: TensorPayload {
  /// What groups have in common.
  struct Survey {
    /// Bits.
    var evidence: Float = 0
    /// The largest of all.
    var scaleError: Float = 0
  }

  let layout: TensorLayout
  private let rows: FloatRows
  private let grid: GridDetection.Grid
  private let form: GridForm
  private let precision: GridFit.Precision

  /// Nil where rows are not of whole blocks.
  init?(_ rows: FloatRows, _ grid: GridDetection.Grid, _ precision: GridFit.Precision) {
    guard let layout = TensorLayout(rows.payload.layout.shape, grid.encoding),
      layout.rowCount == rows.payload.layout.rowCount,
      let form = GridForm.all.first(where: { $0.encoding == grid.encoding })
    else { return nil }
    self.layout = layout
    self.rows = rows
    self.grid = grid
    self.form = form
    self.precision = precision
  }

  var step: PayloadStep { .repacked }
  var parts: [any TensorPayload] { [rows.payload] }

  private func fit(_ values: ArraySlice<Float>) -> GridFit? {
    guard let range = grid.range else { return .affine(values, precision) }
    return .symmetric(values, precision, range, largest: grid.largest)
  }

  /// Whether every group of whole rows, the first at index 0, fits; adds up what that says.
  func survey(_ floats: ArraySlice<Float>, _ survey: inout Survey) -> Bool {
    for start in stride(from: 0, to: floats.count, by: grid.group) {
      guard let fit = fit(floats[start..<start + grid.group]) else { return false }
      survey.evidence += fit.evidence
      survey.scaleError = max(survey.scaleError, fit.scaleError)
    }
    return true
  }

  func read(
    rows range: Range<Int>, into buffer: inout MutableRawSpan, scratch: inout PayloadScratch
  ) throws(FormatError) {
    let floats = try rows.borrow(rows: range, from: &scratch)
    defer { scratch.give(floats) }
    let count = range.count * layout.rowLength
    let perGroup = grid.group / form.encoding.elementsPerBlock
    var levels: [Int8] = []
    var scales: [UInt16] = []
    var minimums: [UInt16] = []
    levels.reserveCapacity(count)
    for start in stride(from: 0, to: count, by: grid.group) {
      guard let fit = fit(floats[start..<start + grid.group]) else {
        throw FormatError(
          .invalidValue,
          "row \(range.lowerBound + start / layout.rowLength) is not on the grid that it was on "
            + "when the conversion was planned",
          in: "the weights", hint: "the file has changed; run the command again")
      }
      levels += fit.levels
      for _ in 0..<perGroup {
        scales.append(fit.scale.bitPattern)
        minimums.append(fit.minimum.bitPattern)
      }
    }
    form.store(levels.span, scales: scales.span, zeros: minimums.span, into: &buffer)
  }
}
