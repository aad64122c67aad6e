internal import WeighbridgeByteIO
internal import WeighbridgeEncodings
internal import WeighbridgeModelIR

/// A view of a storage whose elements do not lie in order, or not in this machine's byte order.
///
/// Rows are gathered on demand in windows of at most 1 MiB, so a transposed tensor of any size costs
/// one window of memory and is read in runs, not element by element.
struct StridedPayload: TensorPayload {
  /// Bytes of the storage that are held at once.
  static let windowBytes = 1 << 20
  /// A window is read whole where at least one byte in so many is wanted.
  static let sparsity = 16

  let layout: TensorLayout
  private let source: any ByteSource
  /// Offset of the view's first element in the source.
  private let start: UInt64
  /// Dimensions and strides in units; a complex number is two units.
  private let dimensions: [Int]
  private let strides: [Int]
  private let unitBytes: Int
  private let swaps: Bool

  /// A view that lies in its storage: the caller has proven the largest offset.
  init(
    _ layout: TensorLayout, in source: any ByteSource, at start: UInt64, strides: [Int],
    swaps: Bool
  ) {
    let isComplex = layout.encoding == .c64
    self.layout = layout
    self.source = source
    self.start = start
    self.dimensions = layout.shape.dimensions + (isComplex ? [2] : [])
    self.strides = isComplex ? strides.map { $0 * 2 } + [1] : strides
    self.unitBytes = layout.encoding.bytesPerBlock / (isComplex ? 2 : 1)
    self.swaps = swaps
  }

  /// One dimension of a box: how many, and how far apart in the storage and in the output.
  private struct Axis {
    var count: Int
    let stride: Int
    let target: Int
  }

  var step: PayloadStep { .gathered }

  func read(
    rows: Range<Int>, into buffer: inout MutableRawSpan, scratch: inout PayloadScratch
  ) throws(FormatError) {
    precondition(buffer.byteCount == rows.count * layout.bytesPerRow)
    guard buffer.byteCount > 0 else { return }
    var window = scratch.takeBytes(0)
    defer { scratch.give(window) }
    // Rows count over all dimensions of the shape but the last.
    let outer = max(layout.shape.dimensions.count - 1, 0)
    var row = rows.lowerBound
    while row < rows.upperBound {
      // The largest box that begins at this row: whole inner dimensions, part of one outer.
      var inner = 1
      var split = outer
      while split > 0, row % (inner * dimensions[split - 1]) == 0,
        row + inner * dimensions[split - 1] <= rows.upperBound
      {
        inner *= dimensions[split - 1]
        split -= 1
      }
      var origin = 0
      var rest = row / inner
      var counts = dimensions
      for dimension in (0..<split).reversed() {
        let index = rest % dimensions[dimension]
        origin += index * strides[dimension]
        rest /= dimensions[dimension]
        counts[dimension] = 1
        if dimension == split - 1 {
          counts[dimension] = min(dimensions[dimension] - index, (rows.upperBound - row) / inner)
        }
      }
      let boxRows = split > 0 ? counts[split - 1] * inner : inner
      let first = (row - rows.lowerBound) * layout.bytesPerRow
      var target = buffer._mutatingExtracting(first..<first + boxRows * layout.bytesPerRow)
      try gather(origin, axes(counts), into: &target, window: &window)
      row += boxRows
    }
  }

  /// The dimensions of a box that are longer than 1, those with the smallest strides first.
  private func axes(_ counts: [Int]) -> [Axis] {
    var axes: [Axis] = []
    var target = 1
    for dimension in counts.indices.reversed() {
      if counts[dimension] > 1 {
        axes.append(Axis(count: counts[dimension], stride: strides[dimension], target: target))
      }
      target *= counts[dimension]
    }
    return axes.sorted { $0.stride < $1.stride }
  }

  private func gather(
    _ origin: Int, _ axes: [Axis], into target: inout MutableRawSpan, window: inout [UInt8]
  ) throws(FormatError) {
    var inside: [Axis] = []
    var outside: [Axis] = []
    var span = 1
    var wanted = 1
    for axis in axes {
      let most = Self.windowBytes / unitBytes
      let dense = Self.sparsity.saturatingProduct(wanted).saturatingProduct(axis.count)
      let full = axis.stride.saturatingProduct(axis.count - 1).saturatingSum(span)
      if outside.isEmpty, full <= min(most, dense) {
        inside.append(axis)
        span = full
        wanted = wanted.saturatingProduct(axis.count)
      } else if outside.isEmpty, axis.stride > 0,
        axis.stride <= wanted.saturatingProduct(Self.sparsity)
      {
        // Only part of the dimension fits: it is read in pieces.
        let piece = max(1, min(axis.count, (most - span) / axis.stride + 1))
        try pieces(origin, inside, axis, piece, others: axes, into: &target, window: &window)
        return
      } else {
        outside.append(axis)
      }
    }
    if window.count < span * unitBytes { window = [UInt8](repeating: 0, count: span * unitBytes) }
    var index = [Int](repeating: 0, count: outside.count)
    while true {
      var from = origin
      var to = 0
      for (axis, place) in zip(outside, index) {
        from += axis.stride * place
        to += axis.target * place
      }
      try fill(&window, from, count: span)
      scatter(window, inside, at: to, into: &target)
      guard Self.advance(&index, outside) else { return }
    }
  }

  /// Gathers the box in slices of `piece` along one dimension.
  private func pieces(
    _ origin: Int, _ inside: [Axis], _ axis: Axis, _ piece: Int, others: [Axis],
    into target: inout MutableRawSpan, window: inout [UInt8]
  ) throws(FormatError) {
    var inside = inside
    inside.append(Axis(count: piece, stride: axis.stride, target: axis.target))
    let outside = Array(others[inside.count...])
    let inner = inside.dropLast().reduce(1) { $0 + $1.stride * ($1.count - 1) }
    let most = inner + axis.stride * (piece - 1)
    if window.count < most * unitBytes { window = [UInt8](repeating: 0, count: most * unitBytes) }
    var index = [Int](repeating: 0, count: outside.count)
    while true {
      var from = origin
      var to = 0
      for (axis, place) in zip(outside, index) {
        from += axis.stride * place
        to += axis.target * place
      }
      for first in stride(from: 0, to: axis.count, by: piece) {
        inside[inside.count - 1].count = min(piece, axis.count - first)
        let span = inner + axis.stride * (inside[inside.count - 1].count - 1)
        try fill(&window, from + first * axis.stride, count: span)
        scatter(window, inside, at: to + first * axis.target, into: &target)
      }
      guard Self.advance(&index, outside) else { return }
    }
  }

  private static func advance(_ index: inout [Int], _ axes: [Axis]) -> Bool {
    for place in index.indices {
      index[place] += 1
      if index[place] < axes[place].count { return true }
      index[place] = 0
    }
    return false
  }

  private func fill(_ window: inout [UInt8], _ first: Int, count: Int) throws(FormatError) {
    var span = window.mutableSpan
    var all = unsafe span.mutableBytes
    var part = all._mutatingExtracting(0..<count * unitBytes)
    do {
      try source.read(at: start + UInt64(first) * UInt64(unitBytes), into: &part)
    } catch { throw FormatError(error) }
  }

  private func scatter(
    _ window: [UInt8], _ axes: [Axis], at to: Int, into target: inout MutableRawSpan
  ) {
    switch unitBytes {
    case 1: scatter(UInt8.self, window, axes, at: to, into: &target)
    case 2: scatter(UInt16.self, window, axes, at: to, into: &target)
    case 4: scatter(UInt32.self, window, axes, at: to, into: &target)
    default: scatter(UInt64.self, window, axes, at: to, into: &target)
    }
  }

  /// Moves the wanted units of a window to their places.
  private func scatter<Unit: FixedWidthInteger>(
    _ type: Unit.Type, _ window: [UInt8], _ axes: [Axis], at to: Int,
    into target: inout MutableRawSpan
  ) {
    let size = MemoryLayout<Unit>.size
    let inner = axes.first ?? Axis(count: 1, stride: 1, target: 1)
    let outer = Array(axes.dropFirst())
    let targetBytes = target.byteCount
    unsafe window.withUnsafeBytes { from in
      unsafe target.withUnsafeMutableBytes { into in
        var index = [Int](repeating: 0, count: outer.count)
        repeat {
          var source = 0
          var place = to
          for (axis, step) in zip(outer, index) {
            source += axis.stride * step
            place += axis.target * step
          }
          for _ in 0..<inner.count {
            precondition((place + 1) * size <= targetBytes)
            let unit = unsafe from.loadUnaligned(fromByteOffset: source * size, as: Unit.self)
            unsafe into.storeBytes(
              of: swaps ? unit.byteSwapped : unit, toByteOffset: place * size, as: Unit.self)
            source += inner.stride
            place += inner.target
          }
        } while Self.advance(&index, outer)
      }
    }
  }
}

extension Int {
  fileprivate func saturatingProduct(_ other: Int) -> Int {
    let (value, overflow) = multipliedReportingOverflow(by: other)
    return overflow ? .max : value
  }

  fileprivate func saturatingSum(_ other: Int) -> Int {
    let (value, overflow) = addingReportingOverflow(other)
    return overflow ? .max : value
  }
}
