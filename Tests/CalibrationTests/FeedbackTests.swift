import CWeighbridgeKernels
import TestSupport
import Testing
import WeighbridgeEncodings

@testable import WeighbridgeCalibration
@testable import WeighbridgeInference

/// Error feedback inside blocks, for every encoding whose codes lie on a grid.
@Suite(.serialized)
struct FeedbackTests {
  static let grids: [String] = Encoding.all.compactMap { Grid($0) == nil ? nil : $0.name }

  /// Correlated activations, their moments, and weights.
  private struct Sample {
    let columns: Int
    let rows: Int
    let tokens: [[Double]]
    let moments: Moments
    let weights: Buffer<Float>

    init(columns: Int, rows: Int, tokens count: Int) {
      (self.columns, self.rows) = (columns, rows)
      var random = Random(state: 3)
      let input = Matrix(rows: count, columns: columns)
      var tokens: [[Double]] = []
      for token in 0..<count {
        var carried: Float = 0
        var values: [Double] = []
        for column in 0..<columns {
          carried = 0.8 * carried + random.next()
          let value = carried * (column % 7 == 0 ? 3 : 1)
          input[token, column] = value
          values.append(Double(value))
        }
        tokens.append(values)
      }
      self.tokens = tokens
      moments = Moments(columns: columns)
      moments.add(input, workers: 2)
      weights = Buffer(rows * columns, repeating: 0)
      for index in 0..<weights.count { weights[index] = 0.05 * random.next() }
    }

    /// The mean of the diagonal of H.
    var mean: Double {
      var sum = 0.0
      for token in tokens { for value in token { sum += value * value } }
      return sum / Double(tokens.count * columns)
    }

    /// Σ (e x)² / tokens, and the damping, in double and without H.
    func loss(_ values: [Float]) -> Double {
      let mean = mean
      var sum = 0.0
      for row in 0..<rows {
        var errors: [Double] = []
        for column in 0..<columns {
          let index = row * columns + column
          errors.append(Double(weights[index]) - Double(values[index]))
        }
        for token in tokens {
          var product = 0.0
          for column in 0..<columns { product += errors[column] * token[column] }
          sum += product * product / Double(tokens.count)
        }
        for error in errors { sum += Metric.damping * mean * error * error }
      }
      return sum
    }
  }

  private static let wide = Sample(columns: 512, rows: 8, tokens: 300)

  @Test func factorsMultiplyToTheMetric() {
    let sample = Sample(columns: 96, rows: 1, tokens: 150)
    let metric = Metric(sample.moments, workers: 2)
    let (n, mean) = (metric.columns, sample.mean)
    var worst = 0.0
    for i in stride(from: 0, to: n, by: 7) {
      for j in 0..<n {
        var product = 0.0
        for k in max(i, j)..<n {
          product +=
            Double(metric.factor[i * n + k]) * Double(metric.pivots[k])
            * Double(metric.factor[j * n + k])
        }
        var exact = i == j ? Metric.damping * mean : 0
        for token in sample.tokens { exact += token[i] * token[j] / Double(sample.tokens.count) }
        worst = max(worst, abs(product - exact))
      }
    }
    #expect(worst < 1e-4 * mean, "\(worst)")
    for k in 1..<n { #expect(metric.factor[k * n + k - 1] == 0) }
  }

  @Test func statesComeBackFromAScratchFile() throws {
    let sample = Matrix((0..<60).map { Float($0) / 7 }, rows: 10)
    let states = try HiddenStates(tokens: 30, columns: 6, limit: 100)
    #expect(states.heldBytes == 0)
    for start in [20, 0, 10] { try states.store(sample, at: start..<start + 10) }
    try states.store(sample.columns(0..<6).rows(3..<5), at: 7..<9)
    let found = try states.states(of: 6..<12).array
    let expected = [6, 3, 4, 9, 0, 1].flatMap { row in (0..<6).map { sample[row, $0] } }
    #expect(found == expected)
  }

  @Test(arguments: grids)
  func blocksHoldTheValuesAndBeatRounding(_ name: String) throws {
    let sample = Self.wide
    let encoding = try #require(Encoding.named(name))
    let grid = try #require(Grid(encoding))
    let metric = Metric(sample.moments, workers: 2)
    var packed: [[UInt8]] = []
    var values: [Float] = []
    // Three workers, one, and the scalar and portable twins.
    for (workers, level) in [(3, -1), (1, -1), (1, 0), (2, 1)] {
      let before = wb_cpu_level()
      if level >= 0 { _ = wb_cpu_set_level(Int32(level)) }
      defer { _ = wb_cpu_set_level(before) }
      let quantizer = FeedbackQuantizer(
        grid: grid, metric: metric, effort: .fast, workers: workers)
      let result = quantizer.quantize(sample.weights, rows: sample.rows)
      let size = sample.columns / encoding.elementsPerBlock * encoding.bytesPerBlock
      let blocks = Buffer<UInt8>(size * sample.rows, repeating: 0)
      for row in 0..<sample.rows { result.pack(row: row, into: blocks, at: row * size) }
      packed.append(blocks.array(0..<blocks.count))
      values = result.values.array(0..<result.values.count)
    }
    for other in packed.dropFirst() { #expect(other == packed[0]) }
    let decoded = try Self.decode(packed[0], name, sample)
    // Descent moves values by rounded steps; blocks give the product of scale and code.
    let drift = zip(decoded, values).map { abs($0 - $1) }.max() ?? 1
    #expect(drift < 1e-5)
    let loss = sample.loss(decoded)
    let plain = sample.loss(try Self.rounded(name, sample))
    #expect(loss < 0.8 * plain, "\(loss) by feedback, \(plain) by the encoder")
  }

  private static func decode(
    _ blocks: [UInt8], _ name: String, _ sample: Sample
  ) throws -> [Float] {
    let decoder = try #require(Encoding.named(name)?.decoder)
    var output = [Float](repeating: 0, count: sample.rows * sample.columns)
    var span = output.mutableSpan
    unsafe decoder.decode(blocks.span.bytes, into: &span)
    return output
  }

  private static func rounded(_ name: String, _ sample: Sample) throws -> [Float] {
    let encoding = try #require(Encoding.named(name))
    let encoder = try #require(encoding.encoder)
    let floats = sample.weights.array(0..<sample.weights.count)
    let size =
      sample.columns / encoding.elementsPerBlock * encoding.bytesPerBlock
    var blocks = [UInt8](repeating: 0, count: size * sample.rows)
    var importance: [Float] = []
    for column in 0..<sample.columns {
      importance.append(Float(sample.tokens.reduce(0) { $0 + $1[column] * $1[column] }))
    }
    var span = blocks.mutableSpan
    var raw = unsafe span.mutableBytes
    encoder.encode(
      floats.span, rowLength: sample.columns, importance: importance.span, into: &raw)
    return try decode(blocks, name, sample)
  }
}
