package import WeighbridgeByteIO
package import WeighbridgeEncodings
package import WeighbridgeModelIR

/// Rows decoded and encoded again, a piece at a time.
///
/// NaN, infinity and numbers that the target cannot hold are errors that name tensor, row and column.
/// Memory is one piece of the source (4 MiB, one row at least) and 32,768 floats (one row at least).
package struct ReencodedPayload: TensorPayload {
  /// The layout of what `read` produces.
  package let layout: TensorLayout
  /// The source.
  package let base: any TensorPayload
  let name: ByteString
  private let decoder: any DecodableEncoding.Type
  let encoder: any QuantizableEncoding.Type
  private let importance: TensorImportance?
  let clamps: Bool
  let guardedLimit: Float?
  /// Where blocks that the reference's encoder gets wrong are noted, and by which encoder.
  private let slips: (report: MisencodedReport, encoder: any AmendableEncoding.Type)?

  /// Bytes of the source that are read at once.
  private static let pieceBytes = 1 << 22
  /// Floats that are in flight at once.
  private static let pieceFloats = 1 << 15

  /// Nil where the source cannot be decoded or its rows do not hold whole blocks of the target.
  ///
  /// `importance` weighs the columns; `clamps` makes numbers beyond F16 its largest instead of an
  /// error.
  package init?(
    _ base: any TensorPayload, to encoder: any QuantizableEncoding.Type, named name: ByteString,
    importance: TensorImportance? = nil, clamps: Bool = false
  ) {
    self.init(base, to: encoder, named: name, importance: importance, clamps: clamps, .ignored)
  }

  init?(
    _ base: any TensorPayload, to encoder: any QuantizableEncoding.Type, named name: ByteString,
    importance: TensorImportance?, clamps: Bool, _ slips: EncoderSlips
  ) {
    let source = base.layout
    guard !source.isOpaque,
      let decoder = EncodingRegistry.named(source.encoding.name) as? any DecodableEncoding.Type,
      let layout = TensorLayout(source.shape, encoder.traits),
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
    let amendable = encoder as? any AmendableEncoding.Type
    switch slips {
    case .ignored: (self.encoder, self.slips) = (encoder, nil)
    case .noted(let report): (self.encoder, self.slips) = (encoder, amendable.map { (report, $0) })
    case .amended: (self.encoder, self.slips) = (amendable?.amended ?? encoder, nil)
    }
    self.importance = importance
    self.clamps = clamps
    self.guardedLimit = Self.limit(of: encoder.traits, from: decoder.traits)
  }

  /// The magnitude from which on a number may become infinite in the target.
  ///
  /// Plain F16 rounds to infinity from 65,520 on; blocks hold scales in F16, which are no larger than
  /// the numbers themselves. None where source or target cannot meet such numbers: those of an F16
  /// source end at 65,504.
  private static func limit(of target: EncodingTraits, from source: EncodingTraits) -> Float? {
    switch target.name {
    case "F32", "BF16", "F64": return nil
    default: return source.name == "F16" ? nil : 65_520
    }
  }

  /// Whether small jobs pay: what is decoded into blocks should stay in the caches meanwhile.
  var isExpensive: Bool { encoder.traits.elementsPerBlock > 1 }

  /// Blocks of the whole tensor.
  private var blockCount: Int { layout.shape.elementCount / layout.encoding.elementsPerBlock }

  /// Buffers for one thread.
  struct Scratch {
    var bytes: [UInt8] = []
    var floats: [Float] = []
    var cost: CostScratch

    /// Buffers for rows whose errors are measured, or not.
    init(measuring: CostMeasurement = .none) { cost = CostScratch(measuring) }

    /// The same for floats.
    mutating func takeFloats(_ count: Int) -> [Float] {
      defer { floats = [] }
      return floats.count < count ? [Float](repeating: 0, count: count) : floats
    }

    /// The sums since the last call; nil where nothing is measured.
    mutating func takeSums() -> ErrorSums? { cost.takeSums() }

    /// Lends the buffer for bytes, of `count` at least; put it back afterwards.
    mutating func takeBytes(_ count: Int) -> [UInt8] {
      defer { bytes = [] }
      return bytes.count < count ? [UInt8](repeating: 0, count: count) : bytes
    }
  }

  /// Produces rows; see `TensorPayload`.
  package func read(rows: Range<Int>, into buffer: inout MutableRawSpan) throws(FormatError) {
    var scratch = Scratch()
    do throws(ConversionError) { try produce(rows, into: &buffer, &scratch) } catch {
      switch error {
      case .format(let error): throw error
      case .io(let error): throw FormatError(error)
      case .model(let error):
        throw FormatError(.invalidValue, error.message, in: error.subject, hint: error.hint)
      }
    }
  }

  /// Produces rows with buffers of the caller.
  func produce(
    _ rows: Range<Int>, into buffer: inout MutableRawSpan, _ scratch: inout Scratch
  ) throws(ConversionError) {
    precondition(buffer.byteCount == rows.count * layout.bytesPerRow)
    let source = base.layout.bytesPerRow
    let step = max(1, Self.pieceBytes / max(1, source))
    var start = rows.lowerBound
    while start < rows.upperBound {
      let end = min(start + step, rows.upperBound)
      let count = (end - start) * source
      var bytes = scratch.takeBytes(count)
      defer { scratch.bytes = bytes }
      var span = bytes.mutableSpan
      var all = unsafe span.mutableBytes
      var piece = all._mutatingExtracting(0..<count)
      do { try base.read(rows: start..<end, into: &piece) } catch { throw ConversionError(error) }
      let first = (start - rows.lowerBound) * layout.bytesPerRow
      var target = buffer._mutatingExtracting(
        first..<first + (end - start) * layout.bytesPerRow)
      try encode(piece.bytes, rows: start..<end, into: &target, &scratch)
      start = end
    }
  }

  private func encode(
    _ bytes: RawSpan, rows: Range<Int>, into target: inout MutableRawSpan,
    _ scratch: inout Scratch
  ) throws(ConversionError) {
    let length = layout.rowLength
    let source = base.layout.bytesPerRow
    let step = max(1, Self.pieceFloats / max(1, length))
    var start = rows.lowerBound
    while start < rows.upperBound {
      var end = min(start + step, rows.upperBound)
      if let importance { end = min(end, importance.end(ofGroupWith: start, of: layout.rowCount)) }
      let count = (end - start) * length
      var floats = scratch.takeFloats(count)
      defer { scratch.floats = floats }
      let from = (start - rows.lowerBound) * source
      var all = floats.mutableSpan
      var piece = all._mutatingExtracting(0..<count)
      decoder.decode(bytes.extracting(from..<from + (end - start) * source), into: &piece)
      let isGuarded = try check(&piece, firstRow: start)
      if let (report, encoder) = slips {
        report.note(
          encoder.misencodedBlocks(in: piece.span), of: blockCount, in: name,
          encoder.traits.name)
      }
      let first = (start - rows.lowerBound) * layout.bytesPerRow
      var blocks = target._mutatingExtracting(
        first..<first + (end - start) * layout.bytesPerRow)
      if let importance {
        importance.withRow(start, of: layout.rowCount) { weights in
          encoder.encodeRows(piece.span, rowLength: length, importance: weights, into: &blocks)
          scratch.cost.measure(piece.span, blocks.bytes, start..<end, of: self, weights)
        }
      } else {
        encoder.encodeRows(piece.span, rowLength: length, importance: nil, into: &blocks)
        scratch.cost.measure(piece.span, blocks.bytes, start..<end, of: self, nil)
      }
      if isGuarded { try verify(blocks.bytes, of: piece.span, firstRow: start) }
      start = end
    }
  }
}
