// The only file of this target, with Buffer+Kernels.swift, that touches raw memory.

internal import WeighbridgeInference

/// Memory that several workers write at once, each its own part.
typealias Buffer = SharedBuffer

extension SharedBuffer {
  /// Elements that all equal `value`, on a boundary of 64 bytes.
  convenience init(_ count: Int, repeating value: Element) {
    self.init(count: count, repeating: value)
  }

  /// The element at a place, of which at least `length` follow.
  @unsafe func pointer(_ offset: Int, _ length: Int) -> UnsafeMutablePointer<Element> {
    precondition(offset >= 0 && length >= 0 && offset <= count - length)
    return unsafe pointer(offset..<offset + length)
  }

  /// A copy of some elements.
  func array(_ range: Range<Int>) -> [Element] {
    unsafe Array(UnsafeBufferPointer(start: pointer(range), count: range.count))
  }

  /// Some elements as a span to write to.
  func withSpan<Result, Failure: Error>(
    _ range: Range<Int>, _ body: (inout MutableSpan<Element>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    var span = unsafe MutableSpan(_unsafeStart: pointer(range), count: range.count)
    return try body(&span)
  }

  /// Copies the elements of another buffer of the same size.
  func copy(_ other: SharedBuffer<Element>) {
    precondition(count == other.count)
    guard count > 0 else { return }
    unsafe pointer(0..<count).update(from: other.pointer(0..<count), count: count)
  }
}
