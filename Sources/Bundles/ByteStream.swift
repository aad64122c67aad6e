internal import WeighbridgeByteIO

/// Bytes in order.
protocol ByteStream: AnyObject {
  /// What to call it in a message.
  var name: String { get }
  /// Fills a range of `buffer` as far as bytes are at hand: at least one, or none at the end.
  func read(into buffer: Buffer, _ range: Range<Int>) throws(FormatError) -> Int
  /// Passes over bytes; false where there are fewer.
  func skip(_ count: UInt64) throws(FormatError) -> Bool
}

extension ByteStream {
  /// Passes over bytes by reading them.
  func skipByReading(_ count: UInt64) throws(FormatError) -> Bool {
    let scratch = Buffer(capacity: Int(min(count, 1 << 18)))
    var left = count
    while left > 0 {
      let more = try read(into: scratch, 0..<Int(min(left, UInt64(scratch.capacity))))
      guard more > 0 else { return false }
      left -= UInt64(more)
    }
    return true
  }
}

/// A source, read forwards; passing over bytes costs nothing.
final class SourceStream: ByteStream {
  private let source: any ByteSource
  private var position: UInt64 = 0

  init(_ source: any ByteSource) { self.source = source }

  var name: String { source.name }

  func read(into buffer: Buffer, _ range: Range<Int>) throws(FormatError) -> Int {
    let count = Int(min(UInt64(range.count), source.byteCount - position))
    guard count > 0 else { return 0 }
    try buffer.fill(range.lowerBound..<range.lowerBound + count, from: source, at: position)
    position += UInt64(count)
    return count
  }

  func skip(_ count: UInt64) throws(FormatError) -> Bool {
    guard count <= source.byteCount - position else { return false }
    position += count
    return true
  }
}
