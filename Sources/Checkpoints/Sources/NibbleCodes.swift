internal import WeighbridgeByteIO
internal import WeighbridgeEncodings
internal import WeighbridgeModelIR

/// Codes of four bits, two in a byte, the first in its lower half, with a byte of scale for each group.
///
/// So MXFP4 and NVFP4 are stored; words that hold several bytes are those bytes.
struct NibbleCodes: Sendable {
  private let codes: any TensorPayload
  private let scales: any TensorPayload
  /// Codes that share a scale.
  private let group: Int
  private let rowLength: Int

  /// Nil where the bytes are not as many as a weight of this shape has.
  init?(
    _ codes: any TensorPayload, scales: any TensorPayload, group: Int, _ shape: TensorShape
  ) {
    guard shape.elementCount > 0, shape.rowLength % group == 0,
      codes.layout.byteCount == UInt64(shape.elementCount / 2),
      scales.layout.byteCount == UInt64(shape.elementCount / group),
      let bytes = ReshapedPayload(
        codes, [shape.rowCount, shape.rowLength / 2 / codes.layout.encoding.bytesPerBlock]),
      let factors = ReshapedPayload(scales, [shape.rowCount, shape.rowLength / group])
    else { return nil }
    self.codes = bytes
    self.scales = factors
    self.group = group
    self.rowLength = shape.rowLength
  }

  var parts: [any TensorPayload] { [codes, scales] }

  /// The codes of some rows, and their scales; for one of these from `limit` on, the error that its place
  /// is given to.
  func read(
    _ rows: Range<Int>, _ scratch: inout PayloadScratch, below limit: UInt8,
    _ error: (String) -> FormatError
  ) throws(FormatError) -> (levels: [Int8], scales: [UInt8]) {
    let count = rows.count * rowLength
    let bytes = try codes.borrow(rows: rows, from: &scratch)
    defer { scratch.give(bytes) }
    let factors = try scales.borrow(rows: rows, from: &scratch)
    defer { scratch.give(factors) }
    let own = Array(factors[0..<count / group])
    if let place = own.firstIndex(where: { $0 >= limit }) {
      let row = rows.lowerBound + place * group / rowLength
      throw error("row \(row), column \(place * group % rowLength)")
    }
    var levels = [Int8](repeating: 0, count: count)
    for place in 0..<count / 2 {
      levels[2 * place] = Int8(bytes[place] & 15)
      levels[2 * place + 1] = Int8(bytes[place] >> 4)
    }
    return (levels, own)
  }
}
