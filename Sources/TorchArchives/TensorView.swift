internal import WeighbridgeByteIO
internal import WeighbridgeEncodings
internal import WeighbridgeModelIR

/// Turns a tensor that a pickle rebuilds into a payload, its place in the file proven (PT-30 to
/// PT-33).
struct TensorView {
  /// Views may repeat elements (a stride of 0); beyond this size, or the file's, they are refused.
  private static let largestRepetition: UInt64 = 1 << 30

  let source: any ByteSource
  let byteOrder: ByteOrder

  /// The payload, and the offset of its bytes in the file where they lie there in order.
  func payload(
    _ tensor: TensorReference, in storage: ByteExtent, named name: ByteString
  ) throws(FormatError) -> (payload: any TensorPayload, offset: UInt64?) {
    func fault(_ code: FormatError.Code, _ message: String) -> FormatError {
      FormatError(code, "tensor '\(name.text)': \(message)", in: source.name, at: storage.offset)
    }
    guard let shape = TensorShape(tensor.size),
      let layout = TensorLayout(shape, tensor.type.encoding)
    else { throw fault(.limitExceeded, "the dimensions \(tensor.size) are too large") }
    let width = UInt64(tensor.type.byteCount)
    guard let last = Self.lastElement(tensor, isEmpty: shape.elementCount == 0) else {
      throw fault(.invalidValue, "strides \(tensor.stride) are too large")
    }
    let count = storage.byteCount / width
    guard last < count || (shape.elementCount == 0 && last <= count) else {
      throw fault(
        .truncated,
        "element \(last) of a storage of \(count) elements "
          + "(offset \(tensor.offset), dimensions \(tensor.size), strides \(tensor.stride))")
    }
    guard layout.byteCount <= max(source.byteCount, Self.largestRepetition) else {
      throw fault(
        .limitExceeded, "\(layout.byteCount) bytes out of a file of \(source.byteCount)")
    }
    let start = storage.offset + UInt64(tensor.offset) * width
    let isSwapped = byteOrder == .big && width > 1
    let isInOrder = shape.elementCount == 0 || Self.isContiguous(tensor)
    if isInOrder, !isSwapped {
      guard
        let extent = ByteExtent(
          offset: start, byteCount: layout.byteCount, within: source.byteCount),
        let payload = SourcePayload(layout, in: source, extent)
      else { throw fault(.truncated, "its bytes lie past the end of the file") }
      return (payload, start)
    }
    // The stride of a dimension of 1 is never taken, and may be any number.
    let strides = zip(tensor.size, tensor.stride).map { $0 > 1 ? $1 : 0 }
    return (
      StridedPayload(layout, in: source, at: start, strides: strides, swaps: isSwapped),
      isInOrder ? start : nil
    )
  }

  /// The largest index of an element, nil where it does not fit.
  private static func lastElement(_ tensor: TensorReference, isEmpty: Bool) -> UInt64? {
    var last = UInt64(tensor.offset)
    // Offsets in bytes and sums of two of them must fit as well.
    let limit = UInt64(Int64.max) / 32
    guard last <= limit else { return nil }
    for (size, stride) in zip(tensor.size, tensor.stride) where !isEmpty {
      let (step, overflow) = UInt64(size - 1).multipliedReportingOverflow(by: UInt64(stride))
      guard !overflow, step <= limit else { return nil }
      last += step
      guard last <= limit else { return nil }
    }
    return last
  }

  /// Whether the elements lie one after another; the stride of a dimension of 1 does not matter.
  private static func isContiguous(_ tensor: TensorReference) -> Bool {
    var expected = 1
    for (size, stride) in zip(tensor.size, tensor.stride).reversed() where size != 1 {
      guard stride == expected else { return false }
      expected *= size
    }
    return true
  }
}
