import TestSupport
import Testing
import WeighbridgeByteIO
import WeighbridgeConversion
import WeighbridgeEncodings
import WeighbridgeFormats
import WeighbridgeGGUF
import WeighbridgeJSON
import WeighbridgeModelIR

/// What encoding cost, beside a plain computation.
@Suite struct CostTests {
  private static func sums(
    _ plan: ConversionPlan, _ measuring: CostMeasurement, workers: Int = 2
  ) throws -> [ErrorSums?] {
    let layout = try GGUF.layOut(plan.model)
    let sink = MemorySink(byteCount: layout.byteCount)
    return try StreamingExecutor(workers: workers, chunkBytes: 1 << 17, measuring: measuring)
      .write(plan.model, as: layout, to: sink)
  }

  /// Numbers and what their codes stand for.
  private static func values(_ payload: any TensorPayload) throws -> [Double] {
    let rows = try #require(FloatRows(payload))
    return try rows.read(rows: 0..<payload.layout.rowCount).map { Double($0) }
  }

  /// Every encoding that can be written, on every tensor of the fixture, all rows.
  @Test(
    arguments: Encoding.writable)
  func theReportSaysWhatAPlainComputationSays(_ encoding: Encoding) throws {
    var options = ConversionOptions(recipe: .f16)
    options.importance = try ImportanceMatrix(
      Formats.open(path: SharedData.fixture("golden/imatrix.gguf")), path: "imatrix.gguf")
    options.adopt(
      try UserRecipe(
        [
          "recipe": "F16",
          "rules": [["match": "blk.1.ffn_down", "type": .string(ByteString(encoding.name))]],
        ],
        in: "test", name: "test"))
    let source = try Golden.checkpoint()
    let plan = try Converter.plan(source, options)
    let report = CostReport(plan, try Self.sums(plan, .complete))
    let row = try #require(report.rows.first { $0.name == "blk.1.ffn_down.weight" })
    #expect(row.encoding == encoding)
    // What is copied, and what becomes F32, is exact.
    guard encoding != row.sourceEncoding, encoding != .f32 else { return }
    let sums = try #require(row.sums)
    let original = try #require(source.tensor(named: "model.layers.1.mlp.down_proj.weight"))
    let encoded = try #require(plan.model.tensor(named: row.name))
    let (x, y) = (try Self.values(original.payload), try Self.values(encoded.payload))
    let weights = try #require(options.importance?.values(of: row.name)).map { Double($0) }
    var (error, squares, product, others, largest) = (0.0, 0.0, 0.0, 0.0, 0.0)
    var (weightedError, weightedSquares) = (0.0, 0.0)
    for index in x.indices {
      let d = x[index] - y[index]
      error += d * d
      squares += x[index] * x[index]
      others += y[index] * y[index]
      product += x[index] * y[index]
      largest = max(largest, abs(d))
      weightedError += weights[index % weights.count] * d * d
      weightedSquares += weights[index % weights.count] * x[index] * x[index]
    }
    func expect(_ own: Double, _ expected: Double, _ what: String) {
      #expect(abs(own - expected) <= 1e-5 * expected, "\(what): \(own), not \(expected)")
    }
    #expect(sums.count == UInt64(x.count))
    expect(sums.rootMeanSquare, (error / Double(x.count)).squareRoot(), "RMSE")
    expect(sums.relative, (error / squares).squareRoot(), "relative error")
    expect(sums.cosine, product / (squares * others).squareRoot(), "cosine")
    expect(sums.largestError, largest, "largest error")
    expect(try #require(sums.weighted), (weightedError / weightedSquares).squareRoot(), "weighted")
  }

  @Test(arguments: [CostMeasurement.sampled, .complete])
  func theSumsAreTheSameForAnyNumberOfWorkers(_ measuring: CostMeasurement) throws {
    let plan = try Converter.plan(Golden.half(), ConversionOptions(recipe: .q4_K_M))
    let one = try Self.sums(plan, measuring, workers: 1)
    #expect(one.contains { $0 != nil })
    for workers in [2, 5] { #expect(try Self.sums(plan, measuring, workers: workers) == one) }
  }

  /// A sample is evenly spaced over the rows, so that it comes close to the whole.
  @Test func aSampleComesCloseToTheWhole() throws {
    let plan = try Converter.plan(Golden.half(), ConversionOptions(recipe: .q4_0))
    let whole = CostReport(plan, try Self.sums(plan, .complete))
    let sample = CostReport(plan, try Self.sums(plan, .sampled))
    #expect(whole.measuredCount == whole.encodedCount && whole.measuredShare == 1)
    #expect(sample.measuredCount < whole.measuredCount && sample.encodedCount == whole.encodedCount)
    for (left, right) in zip(whole.rows, sample.rows) {
      guard let all = left.sums, let some = right.sums else { continue }
      #expect(some.count < all.count || left.shape.rowCount < 128)
      #expect(some.count >= UInt64(min(left.shape.rowCount, 64) * left.shape.rowLength))
      #expect(abs(some.relative / all.relative - 1) < 0.05, "\(left.name)")
    }
  }

  @Test func sharesAddUpAndCopiedTensorsHaveNone() throws {
    let plan = try Converter.plan(Golden.half(), ConversionOptions(recipe: .q4_K_M))
    let report = CostReport(plan, try Self.sums(plan, .complete))
    #expect(abs(report.rows.reduce(0) { $0 + $1.share } - 1) < 1e-12)
    #expect(abs(report.shares { $0.kind }.reduce(0) { $0 + $1.share } - 1) < 1e-12)
    for row in report.rows { #expect((row.sums == nil) == (row.sourceEncoding == row.encoding)) }
    #expect(report.byShare.first?.share == report.rows.map(\.share).max())
    let nothing = CostReport(plan, try Self.sums(plan, .none))
    #expect(nothing.measuredCount == 0 && nothing.rows.allSatisfy { $0.sums == nil })
  }
}
