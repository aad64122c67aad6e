import Testing
import WeighbridgeByteIO

@testable import WeighbridgeInference

/// The kernel of recurrences against the rule written down once more, in double precision.
struct RecurrenceTests {
  /// Widths that no vector of a CPU divides, and more values than keys.
  private let sizes = (tokens: 19, depth: 13, width: 21)

  private func random(_ rows: Int, _ columns: Int, seed: UInt64) -> Matrix {
    var state = seed &* 2_862_933_555_777_941_757 &+ 3_037_000_493
    let matrix = Matrix(rows: rows, columns: columns)
    for row in 0..<rows {
      for column in 0..<columns {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        matrix[row, column] = Float(Int64(bitPattern: state) >> 40) / Float(1 << 23)
      }
    }
    return matrix
  }

  private func plain(
    _ q: Matrix, _ k: Matrix, _ v: Matrix, _ decays: Matrix, _ strengths: Matrix, isDelta: Bool,
    scale: Double
  ) -> [[Double]] {
    var state = [[Double]](
      repeating: [Double](repeating: 0, count: sizes.width), count: sizes.depth)
    return (0..<sizes.tokens).map { token in
      for row in state.indices {
        let decay = decays[token, decays.columns > 1 ? row : 0]
        for column in state[row].indices { state[row][column] *= Double(decay) }
      }
      for column in 0..<sizes.width {
        var change = Double(v[token, column])
        if isDelta {
          for row in state.indices { change -= state[row][column] * Double(k[token, row]) }
        }
        for row in state.indices {
          state[row][column] += Double(k[token, row]) * Double(strengths[token, 0]) * change
        }
      }
      return (0..<sizes.width).map { column in
        state.indices.reduce(0) { $0 + state[$1][column] * Double(q[token, $1]) } * scale
      }
    }
  }

  /// With one decay for a token, and, as Kimi's delta rule has it, with one for each element of a key.
  @Test(arguments: [true, false], [true, false])
  func theKernelFollowsTheRule(isDelta: Bool, decaysByElement: Bool) {
    let (tokens, depth, width) = sizes
    let queries = random(tokens, depth, seed: 1)
    let keys = random(tokens, depth, seed: 2)
    let values = random(tokens, width, seed: 3)
    let decays = random(tokens, decaysByElement ? depth : 1, seed: 4)
    let strengths = random(tokens, 1, seed: 5)
    let output = Matrix(rows: tokens, columns: width)
    output.recur(
      Recurrence(heads: 1, groups: 1, isGrouped: true, isDelta: isDelta, scale: 0.25),
      queries: queries, keys: keys, values: values, decays: decays, strengths: strengths,
      state: SharedBuffer<Float>(count: (depth + 1) * width, repeating: 0))
    let expected = plain(queries, keys, values, decays, strengths, isDelta: isDelta, scale: 0.25)
    for token in 0..<tokens {
      for column in 0..<width {
        let error = abs(Double(output[token, column]) - expected[token][column])
        #expect(error < 1e-5 * max(1, abs(expected[token][column])))
      }
    }
  }
}
