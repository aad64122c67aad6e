internal import Synchronization
internal import WeighbridgeByteIO
internal import WeighbridgeEncodings
internal import WeighbridgeModelIR

/// What one tensor's bytes and values are like, found in one reading.
struct ValueMeasurement: Sendable {
  let isDecoded: Bool
  private(set) var count = 0
  private(set) var lowest = Float.infinity
  private(set) var highest = -Float.infinity
  private(set) var nonFinite = 0
  private(set) var firstNonFinite = Int.max
  /// The root mean square of each row.
  private(set) var rowSizes: [Float]
  /// Tells tensors apart, whatever order the rows were read in.
  private(set) var sum: UInt64 = 0
  private(set) var blocks = 0
  /// Whether all blocks begin with the same scale.
  var hasOneScale: Bool { isOne && scale != nil }
  private var scale: UInt16?
  private var isOne = true
  /// Blocks with codes at the wrong place (E-1).
  private(set) var misencoded = 0

  private init(_ tensor: Tensor) {
    isDecoded = tensor.values != nil
    // A tensor of many short rows is no matrix whose rows could be compared.
    let rows = tensor.layout.rowCount
    rowSizes = isDecoded && rows < 1 << 24 ? [Float](repeating: 0, count: rows) : []
  }

  /// Reads all tensors once, a few megabytes at a time.
  static func measure(
    _ tensors: [Tensor], workers: Int, progress: any ProgressObserver
  ) throws(FormatError) -> [ValueMeasurement] {
    let results = Mutex(tensors.map { ValueMeasurement($0) })
    let plan = RowPieces(
      rows: tensors.map { $0.values == nil ? 0 : $0.layout.rowCount },
      steps: tensors.map { max(1, (1 << 20) / max(1, $0.layout.rowLength)) })
    progress.begin(
      "checking values", total: tensors.reduce(0) { $0 &+ $1.layout.byteCount }, unit: .bytes)
    defer { progress.end() }
    try Workers.run(plan.count, on: workers, scratch: { PayloadScratch() }) {
      (scratch: inout PayloadScratch, job: Int) throws(FormatError) in
      let (index, rows) = plan[job]
      guard let reader = tensors[index].values else { return }
      var bytes = scratch.takeBytes(rows.count * tensors[index].layout.bytesPerRow)
      try reader.readEncoded(rows: rows, into: &bytes, scratch: &scratch)
      var floats = scratch.takeFloats(rows.count * reader.rowLength)
      var span = floats.mutableSpan
      var output = span._mutatingExtracting(0..<rows.count * reader.rowLength)
      reader.decode(bytes, rows: 0..<rows.count, into: &output)
      let piece = Piece(
        floats, bytes, rows: rows, layout: reader.payload.layout)
      scratch.give(floats)
      scratch.give(bytes)
      results.withLock { $0[index].add(piece, rows) }
      progress.advance(by: UInt64(rows.count * tensors[index].layout.bytesPerRow))
    }
    return results.withLock { $0 }
  }

  private mutating func add(_ piece: Piece, _ rows: Range<Int>) {
    count += piece.count
    lowest = min(lowest, piece.lowest)
    highest = max(highest, piece.highest)
    nonFinite += piece.nonFinite
    firstNonFinite = min(firstNonFinite, piece.firstNonFinite)
    sum &+= piece.sum
    blocks += piece.blocks
    misencoded += piece.misencoded
    if let own = piece.scale {
      isOne = isOne && piece.isOne && (scale ?? own) == own
      scale = own
    } else {
      isOne = false
    }
    if !rowSizes.isEmpty {
      for (offset, size) in piece.rowSizes.enumerated() {
        rowSizes[rows.lowerBound + offset] = size
      }
    }
  }

  /// What a few rows are like.
  private struct Piece {
    let count: Int
    var lowest = Float.infinity
    var highest = -Float.infinity
    var nonFinite = 0
    var firstNonFinite = Int.max
    var rowSizes: [Float] = []
    var sum: UInt64 = 0
    var blocks = 0
    var scale: UInt16?
    var isOne = true
    var misencoded = 0

    init(_ floats: [Float], _ bytes: [UInt8], rows: Range<Int>, layout: TensorLayout) {
      let length = layout.rowLength
      count = rows.count * length
      rowSizes.reserveCapacity(rows.count)
      for row in 0..<rows.count {
        var squares: Float = 0
        for index in row * length..<(row + 1) * length {
          let value = floats[index]
          squares += value * value
          if value < lowest { lowest = value }
          if value > highest { highest = value }
        }
        // One sum tells whether anything in the row is not finite, unless squares overflow.
        if !squares.isFinite {
          look(floats[row * length..<(row + 1) * length], rows.lowerBound + row)
        }
        rowSizes.append((squares / Float(max(1, length))).squareRoot())
      }
      let size = rows.count * layout.bytesPerRow
      sum = RowChecksum.of(bytes, 0..<size, seed: UInt64(rows.lowerBound))
      if layout.encoding.isBlocked { scan(bytes, size, layout.encoding) }
    }

    private mutating func look(_ values: ArraySlice<Float>, _ row: Int) {
      let found = values.reduce(0) { $0 + ($1.isFinite ? 0 : 1) }
      nonFinite += found
      if found > 0 { firstNonFinite = min(firstNonFinite, row) }
    }

    private mutating func scan(_ bytes: [UInt8], _ size: Int, _ encoding: Encoding) {
      let step = encoding.bytesPerBlock
      blocks = size / step
      if let field = encoding.wideFields?.first, field.count == 2 {
        for start in stride(from: field.lowerBound, to: size, by: step) {
          let own = UInt16(bytes[start]) | UInt16(bytes[start + 1]) << 8
          if let scale, scale != own { isOne = false }
          scale = own
        }
      }
      guard encoding == .iq3_S else { return }
      for start in stride(from: 0, to: size, by: step) where Self.isShifted(bytes, start) {
        misencoded += 1
      }
    }

    /// A block of IQ3_S (d 2, qs 64, qh 8, signs 32, scales 4) whose codes stand one place early for each
    /// sub-block of 32 zeros: as many sub-blocks at its end hold nothing as have no scale.
    private static func isShifted(_ bytes: [UInt8], _ start: Int) -> Bool {
      guard bytes[start] != 0 || bytes[start + 1] != 0 else { return false }
      var unscaled: [Int] = []
      for sub in 0..<8 {
        let pair = bytes[start + 106 + sub / 2]
        let scale = sub % 2 == 0 ? pair & 15 : pair >> 4
        // The high bits of the codes stay at their place, and zeros have none.
        if scale == 0, bytes[start + 66 + sub] == 0 { unscaled.append(sub) }
      }
      guard let first = unscaled.first else { return false }
      var empty = 0
      for sub in (0..<8).reversed() {
        let codes = bytes[(start + 2 + 8 * sub)..<(start + 10 + 8 * sub)]
        let signs = bytes[(start + 74 + 4 * sub)..<(start + 78 + 4 * sub)]
        guard codes.allSatisfy({ $0 == 0 }), signs.allSatisfy({ $0 == 0 }) else { break }
        empty += 1
      }
      return empty > 0 && empty <= unscaled.count && first < 8 - empty
    }
  }
}
