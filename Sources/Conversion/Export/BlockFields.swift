internal import WeighbridgeByteIO
internal import WeighbridgeEncodings
internal import WeighbridgeModelIR

/// Where the blocks that hold integers under one scale have their codes and numbers.
///
/// All are of 32 elements: a scale, a minimum or none, fifth bits or none, and codes whose halves share
/// bytes (Specs/encodings.md).
struct BlockFields: Sendable {
  /// The encoding.
  let encoding: Encoding
  /// Bits of a code.
  let bits: Int
  /// The code of 0; nil where a minimum says what code 0 is worth.
  let center: Int32?

  /// All such encodings.
  static let all: [BlockFields] = [
    BlockFields(encoding: .q4_0, bits: 4, center: 8),
    BlockFields(encoding: .q4_1, bits: 4, center: nil),
    BlockFields(encoding: .q5_0, bits: 5, center: 16),
    BlockFields(encoding: .q5_1, bits: 5, center: nil),
    BlockFields(encoding: .q8_0, bits: 8, center: 128),
  ]

  /// The fields of an encoding; nil where it has others.
  static func of(_ encoding: Encoding) -> BlockFields? { all.first { $0.encoding == encoding } }

  private var headerBytes: Int { center == nil ? 4 : 2 }

  /// The half at a place of a block.
  private static func half(_ bytes: [UInt8], _ at: Int) -> Float16 {
    Float16(bitPattern: UInt16(bytes[at]) | UInt16(bytes[at + 1]) << 8)
  }

  /// The scale of the block that begins at a byte.
  func scale(_ bytes: [UInt8], at start: Int) -> Float16 { Self.half(bytes, start) }

  /// What code 0 of the block is worth.
  func minimum(_ bytes: [UInt8], at start: Int) -> Float16 {
    guard let center else { return Self.half(bytes, start + 2) }
    return Float16(-Float(center)) * scale(bytes, at: start)
  }

  /// The zero point from which the minimum came, bit for bit; nil where it is no integer of as many bits
  /// as codes.
  func zero(_ bytes: [UInt8], at start: Int) -> Int32? {
    if let center { return center }
    let (scale, minimum) = (Float(scale(bytes, at: start)), self.minimum(bytes, at: start))
    guard scale.isFinite, minimum.isFinite else { return nil }
    if scale == 0 { return minimum == 0 ? 0 : nil }
    let quotient = (-Float(minimum) / scale).rounded()
    guard quotient >= 0, quotient < Float(1 << bits) else { return nil }
    let again = Float16(-Float(Int32(quotient)) * scale)
    return again == minimum ? Int32(quotient) : nil
  }

  /// The codes of a block, from 0.
  func codes(_ bytes: [UInt8], at start: Int, into codes: inout [Int32]) {
    var place = start + headerBytes
    if bits == 8 {
      for index in 0..<32 {
        codes[index] = Int32(Int8(bitPattern: bytes[place + index])) + 128
      }
      return
    }
    var fifth: UInt32 = 0
    if bits == 5 {
      for byte in 0..<4 { fifth |= UInt32(bytes[place + byte]) << UInt32(8 * byte) }
      place += 4
    }
    for index in 0..<16 {
      let byte = bytes[place + index]
      codes[index] = Int32(byte & 15) | Int32(fifth >> UInt32(index) & 1) << 4
      codes[index + 16] = Int32(byte >> 4) | Int32(fifth >> UInt32(index + 16) & 1) << 4
    }
  }

  /// Whether the minimum of every block comes from an integer zero point.
  func hasZeros(_ payload: any TensorPayload) throws(FormatError) -> Bool {
    guard center == nil else { return true }
    var scratch = PayloadScratch()
    let layout = payload.layout
    let step = max(1, (1 << 20) / max(1, layout.rowLength))
    for first in stride(from: 0, to: layout.rowCount, by: step) {
      let part = first..<min(first + step, layout.rowCount)
      let bytes = try payload.borrow(rows: part, from: &scratch)
      defer { scratch.give(bytes) }
      let end = part.count * layout.bytesPerRow
      for start in stride(from: 0, to: end, by: encoding.bytesPerBlock)
      where zero(bytes, at: start) == nil {
        return false
      }
    }
    return true
  }
}

/// Something of every block of a matrix, row by row.
struct BlockFieldPayload: TensorPayload {
  /// What is taken of blocks.
  enum Field: Hashable, Sendable {
    /// Codes as one stream of so many bits a row, from the lowest bit on.
    case codes(bits: Int)
    /// Codes less their zero point and 128 more, a byte each.
    case centered
    /// The scale, as a half.
    case scale
    /// What code 0 is worth, as a half.
    case minimum
    /// Zero points of four bits of eight rows in a word, the first row's lowest.
    case zeros
  }

  let layout: TensorLayout
  private let base: any TensorPayload
  private let fields: BlockFields
  private let field: Field

  /// Nil where the payload is no matrix of such blocks.
  init?(_ base: any TensorPayload, _ field: Field, as encoding: Encoding) {
    let source = base.layout
    guard let fields = BlockFields.of(source.encoding), source.shape.dimensions.count == 2,
      source.rowCount > 0, source.rowLength > 0
    else { return nil }
    let blocks = source.rowLength / 32
    let dimensions: [Int] =
      switch field {
      case .codes(let bits): [source.rowCount, blocks * bits]
      case .centered: [source.rowCount, blocks * 8]
      case .scale, .minimum: [source.rowCount, blocks]
      case .zeros: [(source.rowCount + 7) / 8, blocks]
      }
    guard let shape = TensorShape(dimensions), let layout = TensorLayout(shape, encoding),
      encoding.bytesPerBlock == (field == .scale || field == .minimum ? 2 : 4)
    else { return nil }
    self.layout = layout
    self.base = base
    self.fields = fields
    self.field = field
  }

  var step: PayloadStep { .repacked }
  var parts: [any TensorPayload] { [base] }

  func read(
    rows: Range<Int>, into buffer: inout MutableRawSpan, scratch: inout PayloadScratch
  ) throws(FormatError) {
    try forPieces(of: rows, elements: 1 << 17, in: &buffer) {
      (part, target) throws(FormatError) in
      let bytes = field == .zeros ? try zeros(part, &scratch) : try plain(part, &scratch)
      target.copy(bytes, 0..<bytes.count, to: 0)
    }
  }

  private func plain(
    _ rows: Range<Int>, _ scratch: inout PayloadScratch
  ) throws(FormatError) -> [UInt8] {
    let blocks = try base.borrow(rows: rows, from: &scratch)
    defer { scratch.give(blocks) }
    var result: [UInt8] = []
    result.reserveCapacity(rows.count * layout.bytesPerRow)
    var codes = [Int32](repeating: 0, count: 32)
    let end = rows.count * base.layout.bytesPerRow
    for start in stride(from: 0, to: end, by: fields.encoding.bytesPerBlock) {
      switch field {
      case .scale: append(fields.scale(blocks, at: start), to: &result)
      case .minimum:
        let minimum = fields.minimum(blocks, at: start)
        guard minimum.isFinite || !fields.scale(blocks, at: start).isFinite else {
          throw FormatError(
            .nonFiniteValue, "half precision cannot hold what code 0 is worth",
            in: "a block of \(fields.encoding)")
        }
        append(minimum, to: &result)
      case .codes(let bits):
        fields.codes(blocks, at: start, into: &codes)
        Self.pack(codes, bits, into: &result)
      case .centered:
        fields.codes(blocks, at: start, into: &codes)
        let zero = fields.zero(blocks, at: start) ?? 0
        for code in codes { result.append(UInt8(truncatingIfNeeded: code - zero + 128)) }
      case .zeros: break
      }
    }
    return result
  }

  private func append(_ half: Float16, to bytes: inout [UInt8]) {
    bytes.append(UInt8(half.bitPattern & 0xFF))
    bytes.append(UInt8(half.bitPattern >> 8))
  }

  private static func pack(_ codes: [Int32], _ bits: Int, into bytes: inout [UInt8]) {
    var (word, filled): (UInt32, Int) = (0, 0)
    for code in codes {
      word |= UInt32(code) << UInt32(filled)
      filled += bits
      while filled >= 8 {
        bytes.append(UInt8(word & 0xFF))
        word >>= 8
        filled -= 8
      }
    }
  }

  /// Rows of words of eight rows of blocks each.
  private func zeros(
    _ rows: Range<Int>, _ scratch: inout PayloadScratch
  ) throws(FormatError) -> [UInt8] {
    let source = base.layout
    let first = rows.lowerBound * 8
    let wanted = first..<min(source.rowCount, rows.upperBound * 8)
    let blocks = try base.borrow(rows: wanted, from: &scratch)
    defer { scratch.give(blocks) }
    let perRow = layout.rowLength
    var words = [UInt32](repeating: 0, count: rows.count * perRow)
    for row in 0..<wanted.count {
      for block in 0..<perRow {
        let start = row * source.bytesPerRow + block * fields.encoding.bytesPerBlock
        let zero = UInt32(truncatingIfNeeded: fields.zero(blocks, at: start) ?? 0) & 15
        words[row / 8 * perRow + block] |= zero << UInt32(4 * (row % 8))
      }
    }
    return words.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) } }
  }
}
