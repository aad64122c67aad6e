internal import WeighbridgeByteIO

/// The wire format of protocol buffers: numbered fields, one behind the other.
///
/// Only what a reader of small messages needs; every length is checked against the bytes there are.
struct ProtobufReader {
  /// The value of a field.
  enum Value {
    case number(UInt64)
    case bytes(Range<Int>)
    case fixed32(UInt32)
    case fixed64(UInt64)
  }

  private let bytes: [UInt8]
  private let source: String
  private var position: Int
  private let end: Int

  /// Reads a message that is `range` of `bytes`; `source` is what to call them in an error.
  init(_ bytes: [UInt8], _ range: Range<Int>, in source: String) {
    self.bytes = bytes
    self.source = source
    self.position = range.lowerBound
    self.end = range.upperBound
  }

  /// A fault of the message at the current place.
  func fault(_ code: FormatError.Code, _ message: String) -> FormatError {
    FormatError(code, message, in: source, at: UInt64(position))
  }

  /// The next field's number and value; nil at the end.
  mutating func next() throws(FormatError) -> (field: UInt64, value: Value)? {
    guard position < end else { return nil }
    let tag = try varint()
    guard tag >> 3 > 0, tag >> 3 < 1 << 29 else {
      throw fault(.invalidValue, "a field's number is \(tag >> 3)")
    }
    switch tag & 7 {
    case 0: return (tag >> 3, .number(try varint()))
    case 1: return (tag >> 3, .fixed64(try fixed(8)))
    case 2:
      let count = try varint()
      guard count <= UInt64(end - position) else {
        throw fault(.truncated, "a field of \(count) bytes, of which \(end - position) are there")
      }
      let range = position..<position + Int(count)
      position = range.upperBound
      return (tag >> 3, .bytes(range))
    case 5: return (tag >> 3, .fixed32(UInt32(truncatingIfNeeded: try fixed(4))))
    default: throw fault(.invalidValue, "a field has the wire type \(tag & 7)")
    }
  }

  private mutating func varint() throws(FormatError) -> UInt64 {
    var value: UInt64 = 0
    for shift in stride(from: 0, to: 70, by: 7) {
      guard position < end else { throw fault(.truncated, "the message ends inside a number") }
      let byte = bytes[position]
      position += 1
      guard shift < 63 || byte <= 1 else {
        throw fault(.invalidValue, "a number of more than 64 bits")
      }
      value |= UInt64(byte & 0x7F) << UInt64(shift)
      if byte & 0x80 == 0 { return value }
    }
    throw fault(.invalidValue, "a number of more than ten bytes")
  }

  private mutating func fixed(_ count: Int) throws(FormatError) -> UInt64 {
    guard end - position >= count else {
      throw fault(.truncated, "the message ends inside a number")
    }
    var value: UInt64 = 0
    for index in 0..<count { value |= UInt64(bytes[position + index]) << UInt64(8 * index) }
    position += count
    return value
  }
}
