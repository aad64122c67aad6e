internal import ByteIO
internal import ModelIR
internal import Synchronization

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

  /// Rows of a panel: at most 256, and at most two million elements.
  var panelRows: Int { max(16, min(256, (1 << 21) / max(1, inputs))) }
}

/// What one worker decodes into; used by one worker at a time.
final class PanelScratch: @unchecked Sendable {
  private var buffer = SharedBuffer<Float>(count: 0, repeating: 0)
  /// Encoded bytes.
  var bytes: [UInt8] = []

  /// Memory for a matrix; what it holds is arbitrary.
  func matrix(rows: Int, columns: Int) -> Matrix {
    if buffer.count < rows * columns {
      buffer = SharedBuffer<Float>(count: rows * columns, repeating: 0)
    }
    return Matrix(buffer, rows: rows, columns: columns)
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
