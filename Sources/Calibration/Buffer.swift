// The only file of this target, with Buffer+Kernels.swift, that touches raw memory.

/// Memory that several workers write at once, each its own part: no two jobs of a run touch the same
/// elements, which the callers see to.
@safe final class Buffer<Element: BitwiseCopyable>: @unchecked Sendable {
  /// The number of elements.
  let count: Int
  private let storage: UnsafeMutableBufferPointer<Element>

  /// Elements that all equal `value`, on a boundary of 64 bytes.
  init(_ count: Int, repeating value: Element) {
    self.count = count
    let raw = UnsafeMutableRawBufferPointer.allocate(
      byteCount: max(1, count) * MemoryLayout<Element>.stride, alignment: 64)
    unsafe storage = raw.bindMemory(to: Element.self)
    unsafe storage.initialize(repeating: value)
  }

  deinit { unsafe UnsafeMutableRawBufferPointer(storage).deallocate() }

  /// One element.
  subscript(index: Int) -> Element {
    get {
      precondition(index >= 0 && index < count)
      return unsafe storage[index]
    }
    set {
      precondition(index >= 0 && index < count)
      unsafe storage[index] = newValue
    }
  }

  /// The element at a place, of which at least `length` follow.
  @unsafe func pointer(_ offset: Int, _ length: Int) -> UnsafeMutablePointer<Element> {
    precondition(offset >= 0 && length >= 0 && offset + length <= count)
    guard let base = unsafe storage.baseAddress else { preconditionFailure("no memory") }
    return unsafe base + offset
  }

  /// A copy of some elements.
  func array(_ range: Range<Int>) -> [Element] {
    precondition(range.lowerBound >= 0 && range.upperBound <= count)
    return unsafe Array(storage[range])
  }

  /// Some elements as a span to write to.
  func withSpan<Result, Failure: Error>(
    _ range: Range<Int>, _ body: (inout MutableSpan<Element>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    var span = unsafe MutableSpan(
      _unsafeStart: pointer(range.lowerBound, range.count), count: range.count)
    return try body(&span)
  }

  /// Copies the elements of another buffer of the same size.
  func copy(_ other: Buffer<Element>) {
    precondition(count == other.count)
    guard count > 0 else { return }
    unsafe pointer(0, count).update(from: other.pointer(0, count), count: count)
  }
}
