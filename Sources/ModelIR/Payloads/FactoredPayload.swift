package import WeighbridgeByteIO
internal import WeighbridgeEncodings

/// Numbers times a factor that a tensor of its own holds: one for all, or one for each stacked matrix.
///
/// So GGUF keeps the second scale of NVFP4, in `….scale` beside `….weight` (llama-model.cpp, "generic
/// pass": `create_tensor` of "scale").
package struct FactoredPayload: TensorPayload {
  package let layout: TensorLayout
  private let rows: FloatRows
  private let factors: [Float]
  private let rowsPerFactor: Int

  /// Nil where the payload cannot be decoded, or its rows cannot be shared out among the factors.
  package init?(_ base: any TensorPayload, factors: [Float]) {
    guard let rows = FloatRows(base), let layout = TensorLayout(base.layout.shape, .f32),
      !factors.isEmpty, layout.rowCount == base.layout.rowCount,
      layout.rowCount % factors.count == 0
    else { return nil }
    self.layout = layout
    self.rows = rows
    self.factors = factors
    self.rowsPerFactor = max(1, layout.rowCount / factors.count)
  }

  package var step: PayloadStep { .mapped }
  package var parts: [any TensorPayload] { [rows.payload] }

  package func read(
    rows range: Range<Int>, into buffer: inout MutableRawSpan, scratch: inout PayloadScratch
  ) throws(FormatError) {
    var floats = try rows.borrow(rows: range, from: &scratch)
    let length = layout.rowLength
    for row in range {
      let factor = factors[row / rowsPerFactor]
      let first = (row - range.lowerBound) * length
      for index in first..<first + length { floats[index] *= factor }
    }
    floats.span.extracting(0..<range.count * length).store(into: &buffer)
    scratch.give(floats)
  }
}
