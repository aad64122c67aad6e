internal import WeighbridgeEncodings
internal import WeighbridgeModelIR

/// How much of what is encoded is decoded again and compared.
package enum CostMeasurement: Hashable, Sendable {
  /// Nothing.
  case none
  /// As many rows of each tensor, evenly spaced, as cost a few percent of the time.
  case sampled
  /// Every row.
  case complete

  /// Rows of a tensor that are compared at least, where it has them.
  static let leastRows = 64

  /// Whether the errors of a payload are measured.
  func wants(_ payload: any TensorPayload) -> Bool {
    // What becomes F32 is exact.
    self != .none && payload.step == .encoded && payload.layout.encoding != .f32
  }

  /// Of how many rows one is compared.
  func stride(for layout: TensorLayout) -> Int {
    switch self {
    case .none, .complete: 1
    case .sampled:
      max(1, min(layout.costStride, layout.rowCount / Self.leastRows))
    }
  }
}

extension TensorLayout {
  /// Of how many rows one is compared, so that it takes less than a twentieth of the time.
  ///
  /// Comparing takes about half a nanosecond a number, encoding from one to a hundred.
  var costStride: Int {
    switch encoding.cost {
    case ..<4: 32
    case ..<20: 8
    default: 2
    }
  }
}

/// One worker's running sums: compares what it is shown with what the blocks stand for.
final class CostObserver: EncodingObserver {
  private let measuring: CostMeasurement
  private var decoded: [Float] = []
  private var sums = ErrorSums()

  /// Nil where nothing is measured.
  init?(_ measuring: CostMeasurement) {
    guard measuring != .none else { return nil }
    self.measuring = measuring
  }

  /// The sums since the last call.
  func takeSums() -> ErrorSums {
    defer { sums = ErrorSums() }
    return sums
  }

  /// Compares rows with what their blocks stand for; which ones, depends on their numbers alone.
  func encoded(
    _ floats: Span<Float>, as blocks: RawSpan, rows: Range<Int>, of layout: TensorLayout,
    weights: Span<Float>?
  ) {
    // What becomes F32 is exact.
    guard layout.encoding != .f32, let decoder = layout.encoding.decoder else { return }
    let length = layout.rowLength
    let bytes = layout.bytesPerRow
    let stride = measuring.stride(for: layout)
    let step = stride == 1 ? rows.count : 1
    if decoded.count < step * length { decoded = [Float](repeating: 0, count: step * length) }
    var row = (rows.lowerBound + stride - 1) / stride * stride
    while row < rows.upperBound {
      let first = row - rows.lowerBound
      let count = step * length
      var all = decoded.mutableSpan
      var piece = all._mutatingExtracting(0..<count)
      decoder.decode(blocks.extracting(first * bytes..<(first + step) * bytes), into: &piece)
      sums.add(
        floats.extracting(first * length..<first * length + count), decoded: piece.span,
        rowLength: length, weights: weights)
      row += stride == 1 ? rows.count : stride
    }
  }
}
