/// A line of a journal: a chunk that was written.
///
///     0 558080 4194304 9f86d081884c7d65 131072 40c1…(6 doubles, as bits)… 1b4f0e9851971998
///
/// Part, offset, length, checksum of the chunk, the sums of its errors where they were taken, and a
/// checksum of the line itself.
struct JournalRecord: Hashable {
  var part: Int
  var chunk: FileChunk
  var checksum: UInt64
  var sums: ErrorSums?

  init(part: Int, chunk: FileChunk, checksum: UInt64, sums: ErrorSums?) {
    self.part = part
    self.chunk = chunk
    self.checksum = checksum
    self.sums = sums
  }

  /// The line, with its line break.
  var line: [UInt8] {
    var fields = ["\(part)", "\(chunk.offset)", "\(chunk.byteCount)", Self.digits(checksum)]
    if let sums {
      fields.append("\(sums.count)")
      fields += sums.doubles.map { Self.digits($0.bitPattern) }
    }
    let text = Array((fields.joined(separator: " ") + " ").utf8)
    return text + Array((Self.digits(Checksum.of(text)) + "\n").utf8)
  }

  /// Reads a line without its line break; nil where it is not whole.
  init?(_ line: ArraySlice<UInt8>) {
    guard line.count > 17, let own = Self.number(line.suffix(16), radix: 16) else { return nil }
    let text = Array(line.dropLast(16))
    guard Checksum.of(text) == own else { return nil }
    let fields = text.split(separator: 0x20)
    guard fields.count == 4 || fields.count == 11, let part = Self.number(fields[0]),
      let offset = Self.number(fields[1]), let count = Self.number(fields[2]),
      let part = Int(exactly: part), let byteCount = Int(exactly: count),
      let checksum = Self.number(fields[3], radix: 16)
    else { return nil }
    self.part = part
    self.chunk = FileChunk(offset: offset, byteCount: byteCount)
    self.checksum = checksum
    guard fields.count == 11 else { return }
    let bits = fields[5...].compactMap { Self.number($0, radix: 16) }
    guard let count = Self.number(fields[4]), bits.count == 6 else { return nil }
    self.sums = ErrorSums(count: count, doubles: bits.map { Double(bitPattern: $0) })
  }

  private static func digits(_ value: UInt64) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  private static func number(_ digits: ArraySlice<UInt8>, radix: Int = 10) -> UInt64? {
    UInt64(String(decoding: digits, as: UTF8.self), radix: radix)
  }
}

extension ErrorSums {
  fileprivate var doubles: [Double] {
    [squaredError, squares, errorTimesValue, weightedError, weightedSquares, largestError]
  }

  /// `doubles` has six elements.
  fileprivate init(count: UInt64, doubles: [Double]) {
    self.count = count
    squaredError = doubles[0]
    squares = doubles[1]
    errorTimesValue = doubles[2]
    weightedError = doubles[3]
    weightedSquares = doubles[4]
    largestError = doubles[5]
  }
}
