internal import WeighbridgeByteIO
internal import WeighbridgeModelIR

/// A tensor whose parts lie in several files, put together again (GGML-15).
struct JoinedPayload: TensorPayload {
  /// How the parts follow each other.
  enum Axis { case rows, columns }

  let layout: TensorLayout
  private let parts: [any TensorPayload]
  private let axis: Axis

  /// Nil where the parts differ in shape or encoding.
  init?(_ parts: [any TensorPayload], along axis: Axis) {
    guard let first = parts.first?.layout, !first.shape.dimensions.isEmpty,
      parts.allSatisfy({ $0.layout == first })
    else { return nil }
    var dimensions = first.shape.dimensions
    let index = axis == .rows ? 0 : dimensions.count - 1
    let (size, overflow) = dimensions[index].multipliedReportingOverflow(by: parts.count)
    guard !overflow, axis == .columns || dimensions.count > 1 else { return nil }
    dimensions[index] = size
    guard let shape = TensorShape(dimensions), let layout = TensorLayout(shape, first.encoding)
    else { return nil }
    self.layout = layout
    self.parts = parts
    self.axis = axis
  }

  func read(rows: Range<Int>, into buffer: inout MutableRawSpan) throws(FormatError) {
    precondition(buffer.byteCount == rows.count * layout.bytesPerRow)
    switch axis {
    case .rows: try readRows(rows, into: &buffer)
    case .columns: try readColumns(rows, into: &buffer)
    }
  }

  private func readRows(
    _ rows: Range<Int>, into buffer: inout MutableRawSpan
  ) throws(FormatError) {
    let perPart = layout.rowCount / parts.count
    for (index, part) in parts.enumerated() {
      let own = rows.clamped(to: index * perPart..<(index + 1) * perPart)
      guard !own.isEmpty else { continue }
      let first = (own.lowerBound - rows.lowerBound) * layout.bytesPerRow
      var target = buffer._mutatingExtracting(first..<first + own.count * layout.bytesPerRow)
      let start = index * perPart
      try part.read(rows: own.lowerBound - start..<own.upperBound - start, into: &target)
    }
  }

  private func readColumns(
    _ rows: Range<Int>, into buffer: inout MutableRawSpan
  ) throws(FormatError) {
    let width = layout.bytesPerRow / parts.count
    let step = max(1, (1 << 20) / max(1, width))
    for (index, part) in parts.enumerated() {
      var start = rows.lowerBound
      while start < rows.upperBound {
        let end = min(start + step, rows.upperBound)
        let bytes = try part.readBytes(rows: start..<end)
        let first = (start - rows.lowerBound) * layout.bytesPerRow + index * width
        unsafe buffer.withUnsafeMutableBytes { target in
          unsafe bytes.withUnsafeBytes { source in
            for row in 0..<end - start {
              let to = first + row * layout.bytesPerRow
              unsafe UnsafeMutableRawBufferPointer(rebasing: target[to..<to + width])
                .copyMemory(
                  from: UnsafeRawBufferPointer(
                    rebasing: source[row * width..<(row + 1) * width]))
            }
          }
        }
        start = end
      }
    }
  }
}
