internal import WeighbridgeByteIO
internal import WeighbridgeEncodings
internal import WeighbridgeModelIR

/// Integers of a few bits in a matrix, as checkpoints pack them.
///
/// Memory is what `read` is asked for and the bytes that it lies in.
struct CodeTable: Sendable {
  /// Which neighbours share a word.
  enum Packing: Hashable, Sendable {
    /// Those of a row, lowest bits first; the words of a row are one stream of bits.
    case columns
    /// The same, where groups of eight of four bits stand in another order: element i at place `order[i]`.
    case ordered([Int])
    /// Those of a column: words of 32 bits whose rows follow each other, one stream for each column.
    case rows
    /// None: bytes with a sign.
    case signedBytes
    /// Those of so many runs of rows, in words of so many bytes: codes of the first run lie lowest in
    /// theirs, or highest of the runs.
    case runs(Int, bytes: Int, lowestFirst: Bool)
  }

  /// Rows and columns of the matrix of codes.
  private(set) var rows: Int
  private(set) var columns: Int
  let payload: any TensorPayload
  let bits: Int
  private let packing: Packing
  /// Stored rows that make one.
  private var fold = 1
  /// Whether codes of four bits have a sign, and are read as their distance from the lowest.
  private var isSigned = false

  /// The integers that codes can be.
  private(set) var range: ClosedRange<Int>

  /// The same, where so many stored rows after each other are one.
  func folded(_ count: Int) -> CodeTable? {
    guard count > 0, rows % count == 0, columns < 1 << 31, count < 1 << 31 else { return nil }
    var result = self
    result.fold = count
    result.rows = rows / count
    result.columns = columns * count
    return result
  }

  /// The same, where codes of four bits are in two's complement: read as 8 more.
  var signed: CodeTable {
    var result = self
    result.isSigned = bits == 4
    return result
  }

  /// The same, where only some integers are in use; others are met as an error when they are read.
  func limited(to range: ClosedRange<Int>) -> CodeTable {
    var result = self
    result.range = range
    return result
  }

  /// How many codes so many words or bytes hold; 0, which no table has, where no matrix is so large.
  static func count(_ words: Int, times codes: Int) -> Int {
    words < 1 << 32 ? words * codes : 0
  }

  /// Nil where the tensor does not hold so many codes.
  init?(_ tensor: Tensor, bits: Int, _ packing: Packing, rows: Int, columns: Int) {
    let layout = tensor.layout
    guard !layout.isOpaque, (1...8).contains(bits), rows > 0, columns > 0,
      layout.rowCount > 0, columns < 1 << 38, rows < 1 << 38
    else { return nil }
    switch packing {
    case .columns, .ordered:
      guard layout.rowCount == rows, layout.bytesPerRow >= (columns * bits + 7) / 8 else {
        return nil
      }
      if case .ordered(let order) = packing {
        guard bits == 4, order.sorted() == Array(0..<8), layout.bytesPerRow >= (columns + 7) / 8 * 4
        else { return nil }
      }
    case .rows:
      guard layout.encoding == .i32, layout.rowLength == columns,
        layout.rowCount >= (rows * bits + 31) / 32
      else { return nil }
    case .signedBytes:
      guard layout.encoding == .i8, layout.rowCount == rows, layout.rowLength == columns
      else { return nil }
    case .runs(let count, let bytes, _):
      guard count > 0, count * bits <= 8 * bytes, layout.encoding.elementsPerBlock == 1,
        layout.bytesPerRow == columns * bytes,
        rows <= CodeTable.count(layout.rowCount, times: count),
        layout.rowCount == layout.shape.rowCount
      else { return nil }
    }
    self.range = packing == .signedBytes ? -128...127 : 0...(1 << bits - 1)
    self.payload = tensor.payload
    self.bits = bits
    self.packing = packing
    self.rows = rows
    self.columns = columns
  }

  /// The codes of some rows and columns, row by row; all columns where rows are folded.
  func read(
    rows: Range<Int>, columns: Range<Int>, _ scratch: inout PayloadScratch
  ) throws(FormatError) -> [Int32] {
    guard !rows.isEmpty, !columns.isEmpty else { return [] }
    let own = fold == 1 ? columns : 0..<self.columns / fold
    var codes = try readStored(
      rows: rows.lowerBound * fold..<rows.upperBound * fold, columns: own, &scratch)
    if isSigned { for index in codes.indices { codes[index] ^= 8 } }
    return codes
  }

  private func readStored(
    rows: Range<Int>, columns: Range<Int>, _ scratch: inout PayloadScratch
  ) throws(FormatError) -> [Int32] {
    if packing == .rows { return try readStreams(rows, columns, &scratch) }
    if case .runs(let count, let bytes, let lowestFirst) = packing {
      return try readRuns(rows, columns, count, bytes, lowestFirst, &scratch)
    }
    let (words, start) = window(columns)
    let windowed = ColumnsPayload(payload, words)
    let part: any TensorPayload = windowed ?? payload
    let first = windowed == nil ? 0 : start
    let bytes = try part.borrow(rows: rows, from: &scratch)
    defer { scratch.give(bytes) }
    let stride = part.layout.bytesPerRow
    let bits = bits
    let mask = Int32(1) << Int32(bits) - 1
    switch packing {
    case .signedBytes:
      return Self.gather(rows, columns) { row, column in
        Int32(Int8(bitPattern: bytes[row * stride + column - first]))
      }
    case .ordered(let order):
      return Self.gather(rows, columns) { row, column in
        let place = (column - first) / 8 * 8 + order[column % 8]
        let byte = bytes[row * stride + place / 2]
        return Int32(place % 2 == 0 ? byte & 15 : byte >> 4)
      }
    case .columns, .rows, .runs:
      return Self.gather(rows, columns) { row, column in
        let bit = (column - first) * bits
        let at = row * stride + bit / 8
        var word = Int32(bytes[at])
        if bit % 8 + bits > 8 { word |= Int32(bytes[at + 1]) << 8 }
        return (word >> Int32(bit % 8)) & mask
      }
    }
  }

  /// The stored words that hold some columns, and the column that they begin with; all where codes
  /// cross the borders of words.
  private func window(_ columns: Range<Int>) -> (words: Range<Int>, start: Int) {
    let layout = payload.layout
    let word = layout.encoding.bytesPerBlock * 8
    guard layout.encoding.elementsPerBlock == 1, word % bits == 0 else {
      return (0..<layout.rowLength, 0)
    }
    let step = word / bits
    let first = columns.lowerBound / step
    return (first..<min(layout.rowLength, (columns.upperBound + step - 1) / step), first * step)
  }

  @inline(__always)
  private static func gather(
    _ rows: Range<Int>, _ columns: Range<Int>, _ code: (Int, Int) -> Int32
  ) -> [Int32] {
    var codes = [Int32](repeating: 0, count: rows.count * columns.count)
    var place = 0
    for row in 0..<rows.count {
      for column in columns {
        codes[place] = code(row, column)
        place += 1
      }
    }
    return codes
  }

  /// Each column's stream of bits goes through words below each other.
  private func readStreams(
    _ rows: Range<Int>, _ columns: Range<Int>, _ scratch: inout PayloadScratch
  ) throws(FormatError) -> [Int32] {
    let first = rows.lowerBound * bits / 32
    let last = (rows.upperBound * bits - 1) / 32
    let windowed = ColumnsPayload(payload, columns)
    let base = windowed == nil ? 0 : columns.lowerBound
    let part: any TensorPayload = windowed ?? payload
    let bytes = try part.borrow(rows: first..<last + 1, from: &scratch)
    defer { scratch.give(bytes) }
    let stride = part.layout.bytesPerRow
    let mask = UInt32(1) << UInt32(bits) - 1
    var codes = [Int32](repeating: 0, count: rows.count * columns.count)
    unsafe bytes.withUnsafeBytes { words in
      func word(_ row: Int, _ column: Int) -> UInt32 {
        let at = row * stride + (column - base) * 4
        return UInt32(littleEndian: unsafe words.loadUnaligned(fromByteOffset: at, as: UInt32.self))
      }
      var place = 0
      for row in rows {
        let bit = row * bits
        let (line, shift) = (bit / 32 - first, UInt32(bit % 32))
        let isSplit = Int(shift) + bits > 32
        for column in columns {
          var value = word(line, column) >> shift
          if isSplit { value |= word(line + 1, column) << (32 - shift) }
          codes[place] = Int32(value & mask)
          place += 1
        }
      }
    }
    return codes
  }

  /// Runs of rows share words: the rows of each are read for themselves.
  private func readRuns(
    _ rows: Range<Int>, _ columns: Range<Int>, _ count: Int, _ size: Int, _ lowestFirst: Bool,
    _ scratch: inout PayloadScratch
  ) throws(FormatError) -> [Int32] {
    let perRun = payload.layout.rowCount
    let windowed =
      payload.layout.encoding.bytesPerBlock == size ? ColumnsPayload(payload, columns) : nil
    let part: any TensorPayload = windowed ?? payload
    let (stride, first) = (part.layout.bytesPerRow, windowed == nil ? 0 : columns.lowerBound)
    let mask = UInt32(1) << UInt32(bits) - 1
    var codes: [Int32] = []
    codes.reserveCapacity(rows.count * columns.count)
    var row = rows.lowerBound
    while row < rows.upperBound {
      let run = row / perRun
      let end = min(rows.upperBound, (run + 1) * perRun)
      let shift = UInt32((lowestFirst ? run : count - 1 - run) * bits)
      let bytes = try part.borrow(
        rows: row - run * perRun..<end - run * perRun, from: &scratch)
      for line in 0..<end - row {
        for column in columns {
          let at = line * stride + (column - first) * size
          var word: UInt32 = 0
          for byte in 0..<size { word |= UInt32(bytes[at + byte]) << UInt32(8 * byte) }
          codes.append(Int32((word >> shift) & mask))
        }
      }
      scratch.give(bytes)
      row = end
    }
    return codes
  }
}
