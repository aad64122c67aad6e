package import WeighbridgeByteIO
package import WeighbridgeEncodings
package import WeighbridgeModelIR

/// Rows decoded and encoded again, a piece at a time.
///
/// NaN, infinity and numbers that the target cannot hold are errors that name tensor, row and column.
/// Memory is one piece of the source (4 MiB, one row at least) and 32,768 floats (one row at least).
package struct ReencodedPayload: TensorPayload {
  package let layout: TensorLayout
  /// The source.
  package let base: any TensorPayload
  let name: ByteString
  private let decoder: Encoding.Decoder
  let encoder: Encoding.Encoder
  private let importance: TensorImportance?
  let clamps: Bool
  let guardedLimit: Float?
  /// Where blocks that the reference's encoder gets wrong are noted, and what tells them.
  private let slips: (report: MisencodedReport, amendment: Amendment)?

  /// Bytes of the source that are read at once.
  private static let pieceBytes = 1 << 22
  /// Floats that are in flight at once.
  private static let pieceFloats = 1 << 15

  /// Nil where the source cannot be decoded, the target not be encoded, or rows do not hold whole blocks of the target.
  ///
  /// `importance` weighs the columns; `clamps` makes numbers beyond F16 its largest instead of an
  /// error.
  package init?(
    _ base: any TensorPayload, to target: Encoding, named name: ByteString,
    importance: TensorImportance? = nil, clamps: Bool = false
  ) {
    self.init(base, to: target, named: name, importance: importance, clamps: clamps, .ignored)
  }

  init?(
    _ base: any TensorPayload, to target: Encoding, named name: ByteString,
    importance: TensorImportance?, clamps: Bool, _ slips: EncoderSlips
  ) {
    let source = base.layout
    guard !source.isOpaque,
      let decoder = source.encoding.decoder, let encoder = target.encoder,
      let layout = TensorLayout(source.shape, target),
      layout.rowCount == source.rowCount, layout.rowLength == source.rowLength
    else { return nil }
    if let importance {
      guard importance.columns == source.rowLength, importance.groups > 0,
        source.rowCount % importance.groups == 0
      else { return nil }
    }
    self.base = base
    self.layout = layout
    self.name = name
    self.decoder = decoder
    let amendment = target.amendment
    switch slips {
    case .ignored: (self.encoder, self.slips) = (encoder, nil)
    case .noted(let report): (self.encoder, self.slips) = (encoder, amendment.map { (report, $0) })
    case .amended: (self.encoder, self.slips) = (target.rightEncoder ?? encoder, nil)
    }
    self.importance = importance
    self.clamps = clamps
    self.guardedLimit = Self.limit(of: target, from: decoder.encoding)
  }

  /// The magnitude from which on a number may become infinite in the target.
  ///
  /// Plain F16 rounds to infinity from 65,520 on; blocks hold scales in F16, which are no larger than
  /// the numbers themselves. None where source or target cannot meet such numbers: those of an F16
  /// source end at 65,504.
  private static func limit(of target: Encoding, from source: Encoding) -> Float? {
    switch target {
    case .f32, .bf16, .f64: return nil
    default: return source == .f16 ? nil : 65_520
    }
  }

  /// Blocks of the whole tensor.
  private var blockCount: Int { layout.shape.elementCount / layout.encoding.elementsPerBlock }

  package var step: PayloadStep { .encoded }
  package var parts: [any TensorPayload] { [base] }

  package func read(
    rows: Range<Int>, into buffer: inout MutableRawSpan, scratch: inout PayloadScratch
  ) throws(FormatError) {
    precondition(buffer.byteCount == rows.count * layout.bytesPerRow)
    let source = base.layout.bytesPerRow
    let step = max(1, Self.pieceBytes / max(1, source))
    var start = rows.lowerBound
    while start < rows.upperBound {
      let end = min(start + step, rows.upperBound)
      // Only what comes out is compared, not what is encoded on the way to it.
      let observer = scratch.observer
      scratch.observer = nil
      let bytes = try base.borrow(rows: start..<end, from: &scratch)
      scratch.observer = observer
      defer { scratch.give(bytes) }
      let first = (start - rows.lowerBound) * layout.bytesPerRow
      var target = buffer._mutatingExtracting(
        first..<first + (end - start) * layout.bytesPerRow)
      try encode(
        unsafe bytes.span.bytes.extracting(0..<(end - start) * source), rows: start..<end,
        into: &target, &scratch)
      start = end
    }
  }

  private func encode(
    _ bytes: RawSpan, rows: Range<Int>, into target: inout MutableRawSpan,
    _ scratch: inout PayloadScratch
  ) throws(FormatError) {
    let length = layout.rowLength
    let source = base.layout.bytesPerRow
    let step = max(1, Self.pieceFloats / max(1, length))
    var start = rows.lowerBound
    while start < rows.upperBound {
      var end = min(start + step, rows.upperBound)
      if let importance { end = min(end, importance.end(ofGroupWith: start, of: layout.rowCount)) }
      let count = (end - start) * length
      var floats = scratch.takeFloats(count)
      defer { scratch.give(floats) }
      let from = (start - rows.lowerBound) * source
      var all = floats.mutableSpan
      var piece = all._mutatingExtracting(0..<count)
      decoder.decode(bytes.extracting(from..<from + (end - start) * source), into: &piece)
      let isGuarded = try check(&piece, firstRow: start)
      if let (report, amendment) = slips {
        report.note(
          amendment.misencodedBlocks(in: piece.span), of: blockCount, in: name,
          encoder.encoding)
      }
      let first = (start - rows.lowerBound) * layout.bytesPerRow
      var blocks = target._mutatingExtracting(
        first..<first + (end - start) * layout.bytesPerRow)
      if let importance {
        importance.withRow(start, of: layout.rowCount) { weights in
          encoder.encode(piece.span, rowLength: length, importance: weights, into: &blocks)
          scratch.observer?.encoded(
            piece.span, as: blocks.bytes, rows: start..<end, of: layout, weights: weights)
        }
      } else {
        encoder.encode(piece.span, rowLength: length, importance: nil, into: &blocks)
        scratch.observer?.encoded(
          piece.span, as: blocks.bytes, rows: start..<end, of: layout, weights: nil)
      }
      if isGuarded { try verify(blocks.bytes, of: piece.span, firstRow: start) }
      start = end
    }
  }
}
