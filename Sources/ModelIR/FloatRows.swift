package import WeighbridgeByteIO
internal import WeighbridgeEncodings

/// Reads rows of a payload as floats, whatever their encoding.
package struct FloatRows: Sendable {
  /// The payload that is decoded.
  package let payload: any TensorPayload
  private let decoder: Encoding.Decoder

  /// Nil where the payload's encoding cannot be decoded.
  package init?(_ payload: any TensorPayload) {
    let layout = payload.layout
    guard !layout.isOpaque, let decoder = layout.encoding.decoder else { return nil }
    self.payload = payload
    self.decoder = decoder
  }

  /// Elements of one row.
  package var rowLength: Int { payload.layout.rowLength }

  /// Decodes rows into `output`, which has `rows.count × rowLength` elements.
  package func read(
    rows: Range<Int>, into output: inout MutableSpan<Float>, scratch: inout PayloadScratch
  ) throws(FormatError) {
    let bytes = try payload.borrow(rows: rows, from: &scratch)
    decode(bytes, rows: 0..<rows.count, into: &output)
    scratch.give(bytes)
  }

  /// Decodes rows into the first floats of a borrowed buffer; give it back afterwards.
  package func borrow(
    rows: Range<Int>, from scratch: inout PayloadScratch
  ) throws(FormatError) -> [Float] {
    let count = rows.count * rowLength
    var floats = scratch.takeFloats(count)
    var span = floats.mutableSpan
    var output = span._mutatingExtracting(0..<count)
    try read(rows: rows, into: &output, scratch: &scratch)
    return floats
  }

  /// Reads rows as they are encoded to the start of `bytes`, which grows as needed.
  package func readEncoded(
    rows: Range<Int>, into bytes: inout [UInt8], scratch: inout PayloadScratch
  ) throws(FormatError) {
    let count = rows.count * payload.layout.bytesPerRow
    if bytes.count < count { bytes = [UInt8](repeating: 0, count: count) }
    var span = bytes.mutableSpan
    var all = unsafe span.mutableBytes
    var raw = all._mutatingExtracting(0..<count)
    try payload.read(rows: rows, into: &raw, scratch: &scratch)
  }

  /// Decodes some of the rows that `readEncoded` has put into `bytes`; the first of these is row 0.
  package func decode(_ bytes: [UInt8], rows: Range<Int>, into output: inout MutableSpan<Float>) {
    let size = payload.layout.bytesPerRow
    let all = unsafe bytes.span.bytes
    decoder.decode(
      all.extracting(rows.lowerBound * size..<rows.upperBound * size), into: &output)
  }

  /// Decodes rows into a new array.
  package func read(
    rows: Range<Int>, _ scratch: inout PayloadScratch
  ) throws(FormatError) -> [Float] {
    var floats = [Float](repeating: 0, count: rows.count * rowLength)
    var span = floats.mutableSpan
    try read(rows: rows, into: &span, scratch: &scratch)
    return floats
  }

  /// Decodes rows into a new array, with buffers of its own; for single reads.
  package func read(rows: Range<Int>) throws(FormatError) -> [Float] {
    var scratch = PayloadScratch()
    return try read(rows: rows, &scratch)
  }
}
