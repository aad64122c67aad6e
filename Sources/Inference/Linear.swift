internal import Synchronization
internal import WeighbridgeByteIO
internal import WeighbridgeModelIR

/// A matrix of weights that is read and decoded a panel of rows at a time.
struct Linear: Sendable {
  /// Decodes rows.
  let source: FloatRows
  /// The first row; experts are rows of one tensor.
  let first: Int
  /// Rows: elements of the product.
  let outputs: Int
  /// Columns.
  let inputs: Int
  /// Added to the product.
  let bias: Matrix?
  /// The tensor whose importance is kept for these rows; nil where other rows stand for them.
  var tensor: ByteString?
  /// Which of the tensor's stacked matrices this is: an expert.
  var part = 0
  /// Stacked matrices of the tensor.
  var parts = 1

  /// What panels' rows are a multiple of, and what is decoded at a time: any tile's columns.
  static let panelStep = 32

  /// Rows of a panel at most: 256, or a million elements.
  var panelRows: Int {
    let fitting = (1 << 20) / max(1, inputs) / Linear.panelStep * Linear.panelStep
    return max(Linear.panelStep, min(256, fitting))
  }

  /// Encoded bytes of all rows.
  var byteCount: Int { outputs * source.payload.layout.bytesPerRow }

  /// Bytes that a worker holds of a panel: encoded, a few rows decoded, and all in the order of tiles.
  var panelBytes: Int {
    panelRows * (source.payload.layout.bytesPerRow + 4 * inputs) + 4 * Linear.panelStep * inputs
  }
}

extension Linear {
  /// Some of the rows.
  func rows(_ range: Range<Int>) -> Linear {
    Linear(
      source: source, first: first + range.lowerBound, outputs: range.count, inputs: inputs,
      bias: bias?.columns(range))
  }
}

/// What one worker decodes into; used by one worker at a time.
final class PanelScratch: @unchecked Sendable {
  private var decoded = SharedBuffer<Float>(uninitialized: 0)
  private var packed = SharedBuffer<Float>(uninitialized: 0)
  /// Encoded bytes.
  var bytes: [UInt8] = []
  /// What payloads borrow while they produce them.
  var payloads = PayloadScratch()

  /// Memory for a matrix; what it holds is arbitrary.
  func matrix(rows: Int, columns: Int) -> Matrix {
    Matrix(floats(rows * columns), rows: rows, columns: columns)
  }

  /// The same memory, for any use.
  func floats(_ count: Int) -> SharedBuffer<Float> {
    if decoded.count < count { decoded = SharedBuffer(uninitialized: count) }
    return decoded
  }

  /// Memory beside that of `matrix`, for packed matrices.
  func packedFloats(_ count: Int) -> SharedBuffer<Float> {
    if packed.count < count { packed = SharedBuffer(uninitialized: count) }
    return packed
  }

  /// Some rows of weights as columns of a right matrix.
  func panel(
    _ weights: Linear, _ rows: Range<Int>, _ tile: Tile, _ clock: inout WorkClock
  ) throws(FormatError) -> PackedMatrix {
    let count = tile.rightCount(columns: rows.count, depth: weights.inputs)
    let panel = PackedMatrix(
      packedFloats(count), vectors: rows.count, depth: weights.inputs, tile: tile.columns)
    try fill(panel, weights, rows, tile, &clock)
    return panel
  }

  /// Reads, decodes and packs rows of weights.
  func fill(
    _ panel: PackedMatrix, _ weights: Linear, _ rows: Range<Int>, _ tile: Tile,
    _ clock: inout WorkClock
  ) throws(FormatError) {
    let first = weights.first + rows.lowerBound
    try weights.source.readEncoded(
      rows: first..<first + rows.count, into: &bytes, scratch: &payloads)
    clock.lap(.reading)
    for start in stride(from: 0, to: rows.count, by: tile.columns) {
      let part = start..<min(start + tile.columns, rows.count)
      let plain = matrix(rows: part.count, columns: weights.inputs)
      plain.decode(weights.source, encoded: bytes, rows: part)
      plain.pack(right: panel.part(part))
    }
    clock.lap(.dequantization)
  }
}

/// Scratch that outlives a run of workers, so that the next run finds it warm.
final class ScratchPool: Sendable {
  private let free = Mutex<[PanelScratch]>([])

  /// Scratch for as long as the lease lives.
  func lease() -> Lease { Lease(self, free.withLock { $0.popLast() } ?? PanelScratch()) }

  /// Gives scratch back when it goes away.
  final class Lease {
    let scratch: PanelScratch
    private let pool: ScratchPool

    init(_ pool: ScratchPool, _ scratch: PanelScratch) {
      self.pool = pool
      self.scratch = scratch
    }

    deinit { pool.free.withLock { [scratch] in $0.append(scratch) } }
  }
}
