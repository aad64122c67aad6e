internal import WeighbridgeByteIO
internal import WeighbridgeConversion
internal import WeighbridgeEncodings
internal import WeighbridgeModelIR

/// The error that storing values in an encoding makes, measured on a sample of the other side's rows.
///
/// So "the same weights in Q4_K" is told from "other weights" whatever the weights are like.
enum ExpectedError {
  private static let sampledValues = 1 << 15

  /// √(e² of the one + e² of the other); nil where an encoding has no encoder here.
  static func of(_ pair: PairReader) -> Double? {
    let own = error(of: pair.right, in: pair.left.layout.encoding, pair.rowCount)
    let other = error(of: pair.left, in: pair.right.layout.encoding, pair.rowCount)
    guard let own, let other else { return nil }
    return (own * own + other * other).squareRoot()
  }

  private static func error(
    of payload: any TensorPayload, in encoding: Encoding, _ rowCount: Int
  ) -> Double? {
    if encoding == .f32 || encoding == .f64 { return 1e-7 }
    guard rowCount > 0 else { return 0 }
    // Encoders of few bits need weights of importance; all alike is what no matrix gives them.
    let width = payload.layout.rowLength
    let importance = TensorImportance(
      [Float](repeating: 1, count: max(1, width)), columns: max(1, width))
    guard
      let encoded = ReencodedPayload(
        payload, to: encoding, named: "sample",
        importance: encoding.importance > .none ? importance : nil, clamps: true),
      let before = FloatRows(payload), let after = FloatRows(encoded)
    else { return nil }
    let count = max(1, min(rowCount, sampledValues / max(1, width), encoding.cost > 20 ? 4 : 64))
    var (squares, differences) = (0.0, 0.0)
    for sample in 0..<count {
      let row = sample * rowCount / count
      // A row that cannot be encoded, for a NaN in it, explains nothing.
      guard let values = try? before.read(rows: row..<row + 1),
        let others = try? after.read(rows: row..<row + 1)
      else { return nil }
      for (value, other) in zip(values, others) where value.isFinite && other.isFinite {
        squares += Double(value) * Double(value)
        differences += (Double(value) - Double(other)) * (Double(value) - Double(other))
      }
    }
    // What rounds to itself still was rounded by whoever wrote the other side.
    return squares > 0 ? max((differences / squares).squareRoot(), 1e-7) : 0
  }
}
