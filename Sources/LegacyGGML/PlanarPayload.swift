internal import WeighbridgeByteIO
internal import WeighbridgeEncodings
internal import WeighbridgeModelIR

/// Rows of the first days of llama.cpp, put into the order of the blocks that followed (GGML-18).
///
/// A row held all its scales before all its nibbles:
///
///     Q4_0   d d d d … | 16 bytes, 16 bytes, …          until 11 March 2023
///     Q4_1   m m m m … | d d d d … | 16 bytes, …        until 17 March 2023
///
/// The result is exact and has the same size.
struct PlanarPayload: TensorPayload {
  let layout: TensorLayout
  private let base: SourcePayload
  /// Single floats of a block, from the row's start; the plane of each, in the block's order.
  private let planes: [Int]

  /// Nil where the blocks never lay in planes.
  init?(_ base: SourcePayload) {
    guard let planes = Self.planes(of: base.layout.encoding) else { return nil }
    self.layout = base.layout
    self.base = base
    self.planes = planes
  }

  private static func planes(of encoding: Encoding) -> [Int]? {
    switch encoding {
    case .q4_0_GGJT1: [0]
    case .q4_1_GGJT1: [1, 0]
    default: nil
    }
  }

  var step: PayloadStep { .repacked }
  var parts: [any TensorPayload] { [base] }

  func read(
    rows: Range<Int>, into buffer: inout MutableRawSpan, scratch: inout PayloadScratch
  ) throws(FormatError) {
    precondition(buffer.byteCount == rows.count * layout.bytesPerRow)
    let width = layout.bytesPerRow
    let blockBytes = layout.encoding.bytesPerBlock
    let blocks = width / blockBytes
    let scaleBytes = 4 * planes.count
    let codeBytes = blockBytes - scaleBytes
    for row in rows {
      let bytes = try base.borrow(rows: row..<row + 1, from: &scratch)
      defer { scratch.give(bytes) }
      let start = (row - rows.lowerBound) * width
      for block in 0..<blocks {
        let target = start + block * blockBytes
        for (place, plane) in planes.enumerated() {
          let source = 4 * (plane * blocks + block)
          for byte in 0..<4 {
            buffer.storeBytes(
              of: bytes[source + byte], toByteOffset: target + 4 * place + byte, as: UInt8.self)
          }
        }
        let source = scaleBytes * blocks + block * codeBytes
        for byte in 0..<codeBytes {
          buffer.storeBytes(
            of: bytes[source + byte], toByteOffset: target + scaleBytes + byte, as: UInt8.self)
        }
      }
    }
  }

  // MARK: Recognition

  /// Bytes that are looked at.
  private static let sampleBytes = 1 << 16

  /// Whether the rows make sense as planes and do not as blocks.
  ///
  /// Both have the same size, so only the numbers tell: read at the right places every scale is of a
  /// size that weights have, read at the wrong ones it is made of codes.
  static func isLikely(_ payload: SourcePayload) throws(FormatError) -> Bool {
    guard let planar = PlanarPayload(payload), payload.layout.rowCount > 0 else { return false }
    let rows = min(payload.layout.rowCount, max(1, sampleBytes / payload.layout.bytesPerRow))
    let asBlocks = try payload.readBytes(rows: 0..<rows)
    let asPlanes = try planar.readBytes(rows: 0..<rows)
    guard asBlocks != asPlanes else { return false }
    return hasScales(asPlanes, planar) && !hasScales(asBlocks, planar)
  }

  private static func hasScales(_ bytes: [UInt8], _ payload: PlanarPayload) -> Bool {
    let blockBytes = payload.layout.encoding.bytesPerBlock
    return stride(from: 0, to: bytes.count, by: blockBytes).allSatisfy { block in
      payload.planes.indices.allSatisfy { place in
        let at = block + 4 * place
        let bits = (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[at + $1]) << (8 * UInt32($1)) }
        let scale = abs(Float(bitPattern: bits))
        return scale == 0 || (scale > 1e-12 && scale < 1e4)
      }
    }
  }
}
