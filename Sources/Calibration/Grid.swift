internal import CWeighbridgeKernels
internal import WeighbridgeEncodings

/// What the codes of a block mean: value = scale × code − minimum.
struct Grid: @unchecked Sendable {
  let encoding: Encoding
  /// Its number in GGML.
  let type: UInt32
  /// As the kernels take it.
  let kernel: wb_grid

  /// Nil for an encoding whose codes lie on no grid.
  init?(_ encoding: Encoding) {
    guard let type = encoding.ggufType else { return nil }
    var grid = wb_grid()
    guard unsafe wb_grid_of(type, &grid) != 0 else { return nil }
    self.encoding = encoding
    self.type = type
    kernel = grid
  }

  /// Elements of a sub-block.
  var sub: Int { Int(kernel.sub) }
  /// Elements that share a d.
  var span: Int { Int(kernel.span) }
  /// Columns that are searched at a time.
  static let panel = 256
}

/// How hard is worked for a file.
package enum Effort: String, CaseIterable, Sendable {
  /// One calibration walk; error feedback and a few sweeps of descent.
  case fast
  /// Tokens weighed by the gradient, a wider search, and refinement across rows.
  case good
  /// As `good`, with layers that see what the quantized ones before them give, then scales and norms tuned.
  case best

  /// Integer scales on either side that are tried.
  var reach: Int { self == .best ? 3 : 2 }
  /// Values of d that are tried, for super-blocks and for simple blocks.
  func tries(_ grid: Grid) -> Int { grid.span == grid.sub ? 9 : self == .best ? 5 : 3 }
  /// Passes in which rows make up for each other's errors.
  var refinements: Int {
    switch self {
    case .fast: 0
    case .good: 1
    case .best: 3
    }
  }
  /// Sweeps of descent at most.
  var sweeps: Int { self == .fast ? 6 : 12 }
}
