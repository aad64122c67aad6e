internal import WeighbridgeByteIO
internal import WeighbridgeEncodings
internal import WeighbridgeModelIR

/// Old blocks as today's, with the codes kept (GGML-21).
struct RepackedPayload: TensorPayload {
  let layout: TensorLayout
  /// The old blocks.
  let base: any TensorPayload
  private let repacking: Repacking
  private let name: ByteString
  private let report: LegacyReport?

  /// Bytes that are read at once.
  private static let pieceBytes = 1 << 20

  /// Nil where the payload is not stored in such blocks.
  init?(
    _ base: any TensorPayload, named name: ByteString,
    report: LegacyReport?
  ) {
    guard let repacking = base.layout.encoding.repacking,
      let layout = TensorLayout(base.layout.shape, repacking.target)
    else { return nil }
    self.layout = layout
    self.base = base
    self.repacking = repacking
    self.name = name
    self.report = report
  }

  var step: PayloadStep { .repacked }
  var parts: [any TensorPayload] { [base] }

  func read(
    rows: Range<Int>, into buffer: inout MutableRawSpan, scratch: inout PayloadScratch
  ) throws(FormatError) {
    precondition(buffer.byteCount == rows.count * layout.bytesPerRow)
    let step = max(1, Self.pieceBytes / max(1, base.layout.bytesPerRow))
    var start = rows.lowerBound
    while start < rows.upperBound {
      let end = min(start + step, rows.upperBound)
      let count = (end - start) * base.layout.bytesPerRow
      let bytes = try base.borrow(rows: start..<end, from: &scratch)
      defer { scratch.give(bytes) }
      let first = (start - rows.lowerBound) * layout.bytesPerRow
      var target = buffer._mutatingExtracting(
        first..<first + (end - start) * layout.bytesPerRow)
      let error = unsafe repacking.repack(
        bytes.span.bytes.extracting(0..<count), of: base.layout.encoding, into: &target)
      guard error.relative.isFinite else {
        throw FormatError(
          .invalidValue,
          "a scale in rows \(start) to \(end - 1) is beyond what half precision holds",
          in: "tensor '\(name)'")
      }
      report?.note(error, in: base.layout.encoding)
      start = end
    }
  }
}
