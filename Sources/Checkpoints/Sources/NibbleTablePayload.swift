internal import WeighbridgeByteIO
internal import WeighbridgeEncodings
internal import WeighbridgeModelIR

/// Four bits for each weight, the first of two in the upper half of its byte: an entry of a table times
/// the scale of its block, whatever the rows.
struct NibbleTablePayload: TensorPayload {
  /// The layout of what `read` produces: F32.
  let layout: TensorLayout
  private let base: any TensorPayload
  private let table: [Float]
  private let scales: [Float]
  private let block: Int

  /// Nil where the bytes or the scales are not as many as the shape asks for.
  init?(
    _ base: any TensorPayload, shape dimensions: [Int], table: [Float], scales: [Float], block: Int
  ) {
    guard let shape = TensorShape(dimensions), let layout = TensorLayout(shape, .f32),
      !base.layout.isOpaque, base.layout.bytesPerRow > 0, layout.rowLength > 0,
      shape.elementCount > 0, block > 0,
      base.layout.byteCount == UInt64(shape.elementCount / 2 + shape.elementCount % 2),
      (shape.elementCount - 1) / block < scales.count, table.count == 16
    else { return nil }
    self.layout = layout
    self.base = base
    self.table = table
    self.scales = scales
    self.block = block
  }

  var step: PayloadStep { .scaled }
  var parts: [any TensorPayload] { [base] }

  func heldCodes(in encoding: Encoding?) throws(FormatError) -> HeldCodes {
    .unheld("its sixteen levels are those of no block", nearest: .iq4_NL)
  }

  func read(
    rows: Range<Int>, into buffer: inout MutableRawSpan, scratch: inout PayloadScratch
  ) throws(FormatError) {
    guard !rows.isEmpty else { return }
    let elements = rows.lowerBound * layout.rowLength..<rows.upperBound * layout.rowLength
    let stored = base.layout.bytesPerRow
    let first = elements.lowerBound / 2 / stored
    let last = (elements.upperBound - 1) / 2 / stored
    let bytes = try base.borrow(rows: first..<last + 1, from: &scratch)
    defer { scratch.give(bytes) }
    var floats = scratch.takeFloats(elements.count)
    defer { scratch.give(floats) }
    for (place, element) in elements.enumerated() {
      let byte = bytes[element / 2 - first * stored]
      let code = element % 2 == 0 ? byte >> 4 : byte & 15
      floats[place] = table[Int(code)] * scales[element / block]
    }
    floats.span.extracting(0..<elements.count).store(into: &buffer)
  }
}

/// Bytes with a sign, times the largest number of their row, by 127.
struct ByteRowsPayload: TensorPayload {
  /// The layout of what `read` produces: F32.
  let layout: TensorLayout
  private let base: any TensorPayload
  private let scales: [Float]

  /// Nil where these are no bytes, or there is not one scale for each row.
  init?(_ base: any TensorPayload, scales: [Float]) {
    guard base.layout.encoding == .i8, base.layout.rowCount == scales.count,
      let layout = TensorLayout(base.layout.shape, .f32)
    else { return nil }
    self.layout = layout
    self.base = base
    self.scales = scales
  }

  var step: PayloadStep { .scaled }
  var parts: [any TensorPayload] { [base] }

  /// The scale is the row's largest by 127, which `read` computes in another order.
  func heldCodes(in encoding: Encoding?) throws(FormatError) -> HeldCodes {
    let tensor = Tensor(name: "", payload: base)
    guard
      let codes = CodeTable(
        tensor, bits: 8, .signedBytes, rows: layout.rowCount, columns: layout.rowLength),
      let column = MemoryPayload(scales.map { $0 / 127 }),
      let factors = ReshapedPayload(column, [scales.count, 1]),
      let grid = GroupedPayload(
        codes, .outputs, .difference(0), scales: factors, .size(max(1, layout.rowLength)))
    else { return .unheld("its rows are not those of a matrix", nearest: .q8_0) }
    return try grid.heldCodes(in: encoding)
  }

  func read(
    rows: Range<Int>, into buffer: inout MutableRawSpan, scratch: inout PayloadScratch
  ) throws(FormatError) {
    guard !rows.isEmpty else { return }
    let bytes = try base.borrow(rows: rows, from: &scratch)
    defer { scratch.give(bytes) }
    let length = layout.rowLength
    let count = rows.count * length
    var floats = scratch.takeFloats(count)
    defer { scratch.give(floats) }
    for index in 0..<count {
      floats[index] =
        Float(Int8(bitPattern: bytes[index])) * scales[rows.lowerBound + index / length] / 127
    }
    floats.span.extracting(0..<count).store(into: &buffer)
  }
}
