// The only file of this target, with Matrix+Kernels.swift, that touches raw memory.

internal import WeighbridgeByteIO

/// Memory that several workers write at once, each its own part: no two jobs of a run touch the
/// same elements, which the callers see to.
///
/// What other modules use is inlinable, so that no element is fetched by a generic call.
@safe package final class SharedBuffer<Element: BitwiseCopyable>: @unchecked Sendable {
  /// The number of elements.
  package let count: Int
  @usableFromInline let storage: UnsafeMutableBufferPointer<Element>

  /// Elements that all equal `value`, on a boundary of 64 bytes.
  @inlinable package init(count: Int, repeating value: Element) {
    self.count = count
    let raw = UnsafeMutableRawBufferPointer.allocate(
      byteCount: max(1, count) * MemoryLayout<Element>.stride, alignment: 64)
    unsafe storage = raw.bindMemory(to: Element.self)
    unsafe storage.initialize(repeating: value)
  }

  /// Elements that hold anything: whoever uses them writes them first.
  ///
  /// Memory is not touched.
  init(uninitialized count: Int) {
    self.count = count
    let raw = UnsafeMutableRawBufferPointer.allocate(
      byteCount: max(1, count) * MemoryLayout<Element>.stride, alignment: 64)
    unsafe storage = raw.bindMemory(to: Element.self)
  }

  deinit { unsafe UnsafeMutableRawBufferPointer(storage).deallocate() }

  /// One element.
  @inlinable package subscript(index: Int) -> Element {
    get {
      precondition(index >= 0 && index < count)
      return unsafe storage[index]
    }
    set {
      precondition(index >= 0 && index < count)
      unsafe storage[index] = newValue
    }
  }

  /// The elements of a range, proven to be inside.
  @unsafe @inlinable package func pointer(_ range: Range<Int>) -> UnsafeMutablePointer<Element> {
    precondition(range.lowerBound >= 0 && range.upperBound <= count)
    guard let base = unsafe storage.baseAddress else { preconditionFailure("no memory") }
    return unsafe base + range.lowerBound
  }

  /// A copy of the elements.
  var array: [Element] { unsafe Array(storage[0..<count]) }
}

/// A view of rows and columns of floats, row-major.
struct Matrix: Sendable {
  /// The memory.
  let buffer: SharedBuffer<Float>
  /// Where the first row begins.
  let offset: Int
  /// Number of rows.
  let rows: Int
  /// Number of columns.
  let columns: Int
  /// Floats from one row to the next.
  let stride: Int

  /// Zeros.
  init(rows: Int, columns: Int) {
    buffer = SharedBuffer(count: rows * columns, repeating: 0)
    offset = 0
    self.rows = rows
    self.columns = columns
    stride = columns
  }

  /// One row.
  init(_ values: [Float]) {
    self.init(rows: 1, columns: values.count)
    for (index, value) in values.enumerated() { buffer[index] = value }
  }

  /// Rows, one after another.
  init(_ values: [Float], rows: Int) {
    self.init(rows: rows, columns: rows > 0 ? values.count / rows : 0)
    for index in 0..<rows * columns { buffer[index] = values[index] }
  }

  /// Rows and columns of memory that is large enough for them.
  init(_ buffer: SharedBuffer<Float>, from offset: Int = 0, rows: Int, columns: Int) {
    self.init(buffer, offset: offset, rows: rows, columns: columns, stride: columns)
  }

  private init(_ buffer: SharedBuffer<Float>, offset: Int, rows: Int, columns: Int, stride: Int) {
    precondition(rows >= 0 && columns >= 0 && stride >= columns && offset >= 0)
    precondition(rows == 0 || offset + (rows - 1) * stride + columns <= buffer.count)
    self.buffer = buffer
    self.offset = offset
    self.rows = rows
    self.columns = columns
    self.stride = stride
  }

  /// Some of the rows.
  func rows(_ range: Range<Int>) -> Matrix {
    precondition(range.lowerBound >= 0 && range.upperBound <= rows)
    return Matrix(
      buffer, offset: offset + range.lowerBound * stride, rows: range.count, columns: columns,
      stride: stride)
  }

  /// Some of the columns.
  func columns(_ range: Range<Int>) -> Matrix {
    precondition(range.lowerBound >= 0 && range.upperBound <= columns)
    return Matrix(
      buffer, offset: offset + range.lowerBound, rows: rows, columns: range.count, stride: stride)
  }

  /// One element.
  subscript(row: Int, column: Int) -> Float {
    get {
      precondition(row >= 0 && row < rows && column >= 0 && column < columns)
      return buffer[offset + row * stride + column]
    }
    nonmutating set {
      precondition(row >= 0 && row < rows && column >= 0 && column < columns)
      buffer[offset + row * stride + column] = newValue
    }
  }

  /// The first element of a row.
  @unsafe func pointer(row: Int) -> UnsafeMutablePointer<Float> {
    precondition(row >= 0 && row < rows)
    let start = offset + row * stride
    return unsafe buffer.pointer(start..<start + columns)
  }
}

extension Matrix {
  /// Writes all elements, whose rows follow each other in memory.
  func write(to file: ScratchFile, at place: UInt64) throws(IOError) {
    precondition(stride == columns || rows < 2)
    try buffer.write(offset..<offset + rows * columns, to: file, at: place)
  }

  /// Reads all elements, whose rows follow each other in memory.
  func read(from file: ScratchFile, at place: UInt64) throws(IOError) {
    precondition(stride == columns || rows < 2)
    try buffer.read(offset..<offset + rows * columns, from: file, at: place)
  }
}

extension SharedBuffer {
  /// Writes some elements.
  func write(_ range: Range<Int>, to file: ScratchFile, at place: UInt64) throws(IOError) {
    let start = unsafe UnsafeRawPointer(pointer(range))
    let bytes = unsafe RawSpan(
      _unsafeStart: start, byteCount: MemoryLayout<Element>.stride * range.count)
    try file.write(bytes, at: place)
  }

  /// Reads some elements.
  func read(
    _ range: Range<Int>, from source: any ByteSource, at place: UInt64
  ) throws(IOError) {
    let start = unsafe UnsafeMutableRawPointer(pointer(range))
    var bytes = unsafe MutableRawSpan(
      _unsafeStart: start, byteCount: MemoryLayout<Element>.stride * range.count)
    try source.read(at: place, into: &bytes)
  }
}
