import TestSupport
import Testing
import WeighbridgeArchitectures
import WeighbridgeByteIO

@testable import WeighbridgeInference

/// The CPU's own tiles against sums in double precision.
struct TileTests {
  /// [rows, columns, depth]: whole tiles, parts of them, and depths of several parts.
  static let shapes = [
    (48, 32, 64), (47, 33, 70), (5, 7, 800), (200, 64, 768), (1, 1, 1), (13, 96, 385), (97, 31, 1),
  ]

  @Test(arguments: shapes)
  func productsAreThoseOfPlainSums(_ rows: Int, _ columns: Int, _ depth: Int) throws {
    let tile = Tile.native
    var random = Random(state: 7)
    let left = matrix(rows, depth, &random)
    let right = matrix(columns, depth, &random)
    let bias = matrix(1, columns, &random)
    let packedLeft = PackedMatrix(
      SharedBuffer(uninitialized: tile.leftCount(rows: rows, depth: depth)), vectors: rows,
      depth: depth, tile: tile.rows)
    let packedRight = PackedMatrix(
      SharedBuffer(uninitialized: tile.rightCount(columns: columns, depth: depth)),
      vectors: columns, depth: depth, tile: tile.columns)
    left.pack(left: packedLeft)
    right.pack(right: packedRight)
    // A frame of sevens around the result, to see that nothing else is written.
    let frame = SharedBuffer<Float>(count: (rows + 2) * (columns + 5), repeating: 7)
    let whole = Matrix(frame, rows: rows + 2, columns: columns + 5)
    let target = whole.rows(1..<rows + 1).columns(2..<columns + 2)
    target.multiply(packedLeft, packedRight, bias: bias, scale: 0.5)
    target.multiply(packedLeft, packedRight, scale: 2, adds: true)
    let other = Matrix(rows: rows, columns: columns)
    other.multiply(left, transposed: right, scale: 2.5)
    for row in 0..<rows + 2 {
      for column in 0..<columns + 5 {
        let (i, j) = (row - 1, column - 2)
        guard (0..<rows).contains(i), (0..<columns).contains(j) else {
          #expect(whole[row, column] == 7)
          continue
        }
        let sum = (0..<depth).reduce(0.0) { $0 + Double(left[i, $1]) * Double(right[j, $1]) }
        let bound = 1e-6 * Double(depth).squareRoot() * 4 + 1e-6
        let expected = 2.5 * sum + 0.5 * Double(bias[0, j])
        #expect(abs(Double(whole[row, column]) - expected) < bound)
        #expect(abs(Double(other[i, j]) - 2.5 * sum) < bound)
      }
    }
  }

  @Test func theNumberOfThreadsChangesNoBit() throws {
    let decoder = try Decoder(Samples.llama())
    let tokens = (0..<150).map { Int32($0 * 31 % 50) }
    let one = try decoder.logits(of: tokens, options: InferenceOptions(threads: 1))
    for threads in [2, 3, 7] {
      let other = try decoder.logits(of: tokens, options: InferenceOptions(threads: threads))
      #expect(other.values == one.values)
    }
  }

  private func matrix(_ rows: Int, _ columns: Int, _ random: inout Random) -> Matrix {
    let matrix = Matrix(rows: rows, columns: columns)
    for row in 0..<rows {
      for column in 0..<columns { matrix[row, column] = random.next() }
    }
    return matrix
  }
}
