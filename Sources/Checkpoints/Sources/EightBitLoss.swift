internal import WeighbridgeByteIO
internal import WeighbridgeEncodings
internal import WeighbridgeModelIR

/// What a weight of eight-bit floats loses as Q8_0, measured.
///
/// E4M3 rounds to three bits of fraction: 2⁻⁴ at most, 2.4 % of the norm on average. A third of that is
/// the bound: what Q8_0 adds then is lost in what was lost already.
struct EightBitLoss {
  /// The norm of the error by that of the weights, above which blocks of bytes are not good enough.
  static let bound = 0.008
  /// Rows that are looked at, from all parts of the matrix.
  private static let sampledRows = 128

  /// The norm of the error by that of the weights.
  let error: Double

  /// Nil where Q8_0 does not divide the rows.
  init?(_ payload: any TensorPayload) throws(FormatError) {
    let layout = payload.layout
    guard layout.rowCount > 0, Encoding.q8_0.divides(layout.rowLength), layout.rowLength <= 1 << 20,
      let rows = FloatRows(payload), let encoder = Encoding.q8_0.encoder,
      let decoder = Encoding.q8_0.decoder
    else { return nil }
    var scratch = PayloadScratch()
    let length = layout.rowLength
    let step = max(1, layout.rowCount / Self.sampledRows)
    var bytes = [UInt8](
      repeating: 0,
      count: length / Encoding.q8_0.elementsPerBlock * Encoding.q8_0.bytesPerBlock)
    var decoded = [Float](repeating: 0, count: length)
    var sums: (error: Double, norm: Double) = (0, 0)
    for row in stride(from: 0, to: layout.rowCount, by: step) {
      let floats = try rows.read(rows: row..<row + 1, &scratch)
      // What is not finite is said when it is written, with its place.
      guard floats.allSatisfy({ $0.isFinite }) else { continue }
      var span = bytes.mutableSpan
      var raw = unsafe span.mutableBytes
      encoder.encode(floats.span, rowLength: length, importance: nil, into: &raw)
      var target = decoded.mutableSpan
      unsafe decoder.decode(bytes.span.bytes, into: &target)
      for index in 0..<length {
        let value = Double(floats[index])
        let difference = Double(decoded[index]) - value
        sums.error += difference * difference
        sums.norm += value * value
      }
    }
    error = sums.norm > 0 ? (sums.error / sums.norm).squareRoot() : 0
  }

  /// Whether bytes are good enough.
  var isSmall: Bool { error <= Self.bound }

  /// What that means, behind a reason.
  var text: String {
    isSmall
      ? ", and bytes lose no more than 0.8 % of the norm"
      : ", and bytes would lose more than 0.8 % of the norm"
  }
}
