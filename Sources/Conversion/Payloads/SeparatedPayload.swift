internal import WeighbridgeByteIO
internal import WeighbridgeEncodings
internal import WeighbridgeModelIR

/// Rows that were interleaved for certain CPUs, one after another again (ENC-60).
///
/// Exact. Every requested range reads the groups of rows it touches.
struct SeparatedPayload: TensorPayload {
  let layout: TensorLayout
  private let base: any TensorPayload
  private let encoding: any InterleavedEncoding.Type

  /// Bytes that are read at once, at least one group of rows.
  private static let pieceBytes = 1 << 20

  /// Nil where the rows are not interleaved, or a matrix is not of whole groups.
  init?(_ base: any TensorPayload) {
    let source = base.layout
    let rowsOfMatrix = source.shape.dimensions.dropLast().last ?? 1
    guard
      let encoding = EncodingRegistry.named(source.encoding.name) as? any InterleavedEncoding.Type,
      rowsOfMatrix % encoding.interleaving.rows == 0,
      let layout = TensorLayout(source.shape, encoding.interleaving.base.traits),
      layout.byteCount == source.byteCount
    else { return nil }
    self.layout = layout
    self.base = base
    self.encoding = encoding
  }

  /// How the rows are stored.
  var sourceLayout: TensorLayout { base.layout }

  func read(rows: Range<Int>, into buffer: inout MutableRawSpan) throws(FormatError) {
    precondition(buffer.byteCount == rows.count * layout.bytesPerRow)
    let group = encoding.interleaving.rows
    let width = layout.bytesPerRow
    let step = max(1, Self.pieceBytes / max(1, width * group)) * group
    var start = rows.lowerBound / group * group
    while start < rows.upperBound {
      let end = min(start + step, (rows.upperBound + group - 1) / group * group)
      let mixed = try base.readBytes(rows: start..<end)
      for first in stride(from: start, to: end, by: group) {
        let wanted = rows.clamped(to: first..<first + group)
        var separated = [UInt8](repeating: 0, count: group * width)
        let from = (first - start) * width
        var span = separated.mutableSpan
        var target = unsafe span.mutableBytes
        let source = unsafe mixed.span.bytes.extracting(from..<from + group * width)
        guard encoding.separate(source, into: &target) else {
          preconditionFailure("groups of another size")
        }
        let place = (wanted.lowerBound - rows.lowerBound) * width
        let count = wanted.count * width
        let offset = (wanted.lowerBound - first) * width
        unsafe buffer.withUnsafeMutableBytes { output in
          unsafe separated.withUnsafeBytes { input in
            unsafe UnsafeMutableRawBufferPointer(rebasing: output[place..<place + count])
              .copyMemory(
                from: UnsafeRawBufferPointer(rebasing: input[offset..<offset + count]))
          }
        }
      }
      start = end
    }
  }
}

extension Model {
  /// The same model with all interleaved rows separated; a tensor that cannot be stays as it is.
  func separatingRows() -> Model {
    var result = self
    for (index, tensor) in tensors.enumerated() {
      guard let payload = SeparatedPayload(tensor.payload) else { continue }
      result.tensors[index] = Tensor(name: tensor.name, payload: payload)
    }
    return result
  }
}
