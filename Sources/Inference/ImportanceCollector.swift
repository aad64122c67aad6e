package import WeighbridgeByteIO
internal import WeighbridgeModelIR

/// How strongly one tensor was used: Σ x² of every column of what it was multiplied with.
package struct ActivationSums: Hashable, Sendable {
  /// The tensor's name.
  package let name: ByteString
  /// [parts, columns]: a part is an expert of a stack; other tensors have one.
  package let sums: [Float]
  /// Tokens of each part; an expert that was never chosen has none.
  package let counts: [Int]
}

/// Collects what `llama-imatrix` collects, on the walk that perplexity takes.
///
/// Every token of every window counts. Sums run in double precision in the order of the text, so
/// the number of threads changes nothing, and are rounded once.
package final class ImportanceCollector {
  private let decoder: Decoder
  private let options: InferenceOptions
  private let includesOutput: Bool
  private let squares = ActivationSquares()

  /// A collector for a model's layers, and for `output.weight` where that is wanted.
  package init(_ decoder: Decoder, includesOutput: Bool = false, options: InferenceOptions) {
    self.decoder = decoder
    self.options = options
    self.includesOutput = includesOutput
  }

  /// Walks through a text and adds its squares; texts may follow each other.
  ///
  /// Throws where a token is not in the vocabulary, and `nonFiniteValue` where an activation or a
  /// sum is not a number of float32.
  package func collect(_ windows: TokenWindows) throws(InferenceError) {
    try decoder.requireOneText(for: "activations")
    try decoder.check(windows)
    let plan = try WalkPlan([decoder], on: windows, options: options)
    let together = plan.windowsPerBatch
    let space = Workspace([decoder], windows: together, length: plan.windowTokens, options)
    let walk = DecoderWalk(decoder, space, workers: options.threads)
    walk.observer = squares
    options.progress.begin("collecting", total: UInt64(windows.tokenCount), unit: .tokens)
    defer { options.progress.end() }
    for start in stride(from: 0, to: windows.windows.count, by: together) {
      let batch = Array(windows.windows[start..<min(start + together, windows.windows.count)])
      try reading { () throws(FormatError) in try pass(batch, walk) }
      try squares.check()
    }
  }

  private func pass(_ batch: [[Int32]], _ walk: DecoderWalk) throws(FormatError) {
    let tokens = batch.reduce(0) { $0 + $1.count }
    var told = 0
    try walk.start(batch)
    for layer in decoder.layers.indices {
      try walk.pass(layer)
      let now = tokens * (layer + 1) / decoder.layers.count
      options.progress.advance(by: UInt64(now - told))
      told = now
    }
    if includesOutput, let head = decoder.head, head.tensor == "output.weight" {
      squares.add(try walk.finalStates(), [head], workers: options.threads)
    }
  }

  /// What was collected so far, sorted by name.
  package var sums: [ActivationSums] {
    squares.sums.map { name, entry in
      ActivationSums(
        name: name, sums: entry.values.array.map { Float($0) }, counts: entry.counts)
    }.sorted { $0.name < $1.name }
  }
}

/// Running sums of squares for each tensor.
final class ActivationSquares {
  /// Sums of one tensor.
  struct Entry {
    /// [parts, columns].
    let values: SharedBuffer<Double>
    /// Tokens of each part.
    var counts: [Int]
  }

  private(set) var sums: [ByteString: Entry] = [:]

  /// Columns that one job takes.
  private static let block = 256

  /// Adds the squares of a matrix, [tokens, columns], to those of all tensors that it meets.
  func add(_ input: Matrix, _ weights: [Linear], workers: Int) {
    var jobs: [(target: SharedBuffer<Double>, offset: Int, columns: Range<Int>)] = []
    for linear in weights where linear.inputs == input.columns {
      guard let name = linear.tensor else { continue }
      var entry =
        sums[name]
        ?? Entry(
          values: SharedBuffer(count: linear.parts * linear.inputs, repeating: 0),
          counts: [Int](repeating: 0, count: linear.parts))
      entry.counts[linear.part] += input.rows
      sums[name] = entry
      for start in stride(from: 0, to: input.columns, by: Self.block) {
        let columns = start..<min(start + Self.block, input.columns)
        jobs.append((entry.values, linear.part * linear.inputs + start, columns))
      }
    }
    let list = jobs
    Workers.run(list.count, on: workers, scratch: { 0 }) { (_, index) in
      let job = list[index]
      input.addSquares(of: job.columns, to: job.target, at: job.offset)
    }
  }

  /// Proves that every sum is finite in float32.
  func check() throws(InferenceError) {
    for name in sums.keys.sorted() {
      guard let entry = sums[name] else { continue }
      for index in 0..<entry.values.count where !Float(entry.values[index]).isFinite {
        let column = index % (entry.values.count / entry.counts.count)
        throw .model(
          ModelError(
            .nonFiniteValue, name.text,
            "the activations of column \(column) are not finite, or too large to be squared"))
      }
    }
  }
}
