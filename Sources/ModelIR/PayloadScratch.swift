/// Buffers of one thread that reading borrows and gives back.
///
/// Payloads nest; each borrows what it needs, hands the rest down and gives its own back. The number of
/// buffers is the depth of the nesting, their size that of a chunk.
package struct PayloadScratch {
  private var bytes: [[UInt8]] = []
  private var floats: [[Float]] = []
  /// Sees everything that is encoded, where errors are measured.
  package var observer: (any EncodingObserver)?

  /// No buffers yet.
  package init(observer: (any EncodingObserver)? = nil) { self.observer = observer }

  /// Lends a buffer of `count` bytes at least; its contents are whatever was there.
  package mutating func takeBytes(_ count: Int) -> [UInt8] {
    Self.take(count, from: &bytes) ?? [UInt8](repeating: 0, count: count)
  }

  /// Lends a buffer of `count` floats at least; its contents are whatever was there.
  package mutating func takeFloats(_ count: Int) -> [Float] {
    Self.take(count, from: &floats) ?? [Float](repeating: 0, count: count)
  }

  /// Takes a buffer back.
  package mutating func give(_ buffer: [UInt8]) { bytes.append(buffer) }

  /// Takes a buffer back.
  package mutating func give(_ buffer: [Float]) { floats.append(buffer) }

  /// The last buffer that is large enough; one that is not makes room for its successor.
  private static func take<Element>(_ count: Int, from free: inout [[Element]]) -> [Element]? {
    if let place = free.lastIndex(where: { $0.count >= count }) { return free.remove(at: place) }
    _ = free.popLast()
    return nil
  }
}

/// Compares what was meant with what was encoded, while both are at hand.
package protocol EncodingObserver: AnyObject {
  /// Whole rows and the blocks that they became; `weights`, of a row's length, is their importance.
  func encoded(
    _ floats: Span<Float>, as blocks: RawSpan, rows: Range<Int>, of layout: TensorLayout,
    weights: Span<Float>?)
}
