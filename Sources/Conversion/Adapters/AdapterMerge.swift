internal import WeighbridgeByteIO
internal import WeighbridgeEncodings
package import WeighbridgeModelIR

/// Adds an adapter to the checkpoint that it was trained on.
package enum AdapterMerge {
  /// The checkpoint with W + scale · factor · B · A for every W that the adapter changes.
  ///
  /// Computed in single precision when rows are read. Throws where the checkpoint has no such tensor or
  /// one of another shape.
  package static func apply(
    _ adapter: LoRAAdapter, to model: Model, scale: Double = 1
  ) throws(ModelError) -> Model {
    var result = model
    var places: [ByteString: Int] = [:]
    for (index, tensor) in model.tensors.enumerated() { places[tensor.name] = index }
    let isTied = TiedHead.isTied(model)
    for (name, pair) in adapter.pairs {
      // A tied head that follows the embeddings is changed with them.
      if isTied, adapter.tiesHead, TiedHead.isHead(name) { continue }
      if isTied, !adapter.tiesHead, TiedHead.concerns(name) { throw TiedHead.error(name) }
      guard let place = places[name] else { throw missing(name) }
      let tensor = result.tensors[place]
      guard let payload = MergedPayload(tensor.payload, pair, factor: Float(scale * pair.factor))
      else {
        throw ModelError(
          .shapeMismatch, "tensor '\(name)'",
          "its shape is \(tensor.layout.shape); the adapter's parts are of "
            + "\(pair.b.layout.shape) and \(pair.a.layout.shape)")
      }
      result.tensors[place] = Tensor(name: name, payload: payload, location: tensor.location)
    }
    for (name, ids, rows) in adapter.tokens {
      guard let place = places[name] else { throw missing(name) }
      let tensor = result.tensors[place]
      guard let payload = ReplacedRowsPayload(tensor.payload, ids, rows.payload) else {
        throw ModelError(
          .shapeMismatch, "tensor '\(name)'",
          "its shape is \(tensor.layout.shape); the adapter replaces \(ids.count) rows of it by "
            + "\(rows.layout.shape)")
      }
      result.tensors[place] = Tensor(name: name, payload: payload, location: tensor.location)
    }
    for tensor in adapter.replaced {
      guard let place = places[tensor.name] else {
        // PEFT saves every bias that the model has, and modules without one have none here.
        throw TiedHead.isHead(tensor.name) ? TiedHead.error(tensor.name) : missing(tensor.name)
      }
      if isTied, !adapter.tiesHead, TiedHead.concerns(tensor.name) {
        throw TiedHead.error(tensor.name)
      }
      guard tensor.layout.shape == result.tensors[place].layout.shape else {
        throw ModelError(
          .shapeMismatch, "tensor '\(tensor.name)'",
          "its shape is \(result.tensors[place].layout.shape), in the adapter "
            + "\(tensor.layout.shape)")
      }
      result.tensors[place] = Tensor(
        name: tensor.name, payload: tensor.payload, location: result.tensors[place].location)
    }
    return result
  }

  private static func missing(_ name: ByteString) -> ModelError {
    ModelError(
      .missingTensor, "tensor '\(name)'", "the adapter changes it, but the checkpoint has none",
      hint: "the adapter must have been trained on this checkpoint")
  }
}

/// Rows of W + factor · B · A, or of W + factor · (B · A) turned over.
///
/// Memory is one piece of rows and the smaller factors for them: A whole, and the rows of B.
struct MergedPayload: TensorPayload {
  let layout: TensorLayout
  private let base: FloatRows
  private let a: FloatRows
  private let b: FloatRows
  private let factor: Float
  private let isTransposed: Bool
  private let rank: Int
  /// The length that each row is given at the end.
  private let magnitudes: FloatRows?

  /// Nil where the shapes do not fit.
  init?(_ base: any TensorPayload, _ pair: LoRAAdapter.Pair, factor: Float) {
    let shape = base.layout.shape
    let inputs = pair.a.layout.shape.rowLength
    let outputs = pair.b.layout.shape.rowCount
    let wanted = pair.isTransposed ? [inputs, outputs] : [outputs, inputs]
    guard shape.dimensions == wanted, let rows = FloatRows(base),
      let a = FloatRows(pair.a.payload), let b = FloatRows(pair.b.payload),
      let layout = TensorLayout(shape, .f32)
    else { return nil }
    self.layout = layout
    self.base = rows
    self.a = a
    self.b = b
    self.factor = factor
    isTransposed = pair.isTransposed
    rank = pair.rank
    magnitudes = pair.magnitudes.flatMap { FloatRows($0.payload) }
    if pair.magnitudes != nil {
      guard !isTransposed, let magnitudes, magnitudes.payload.layout.rowCount == 1,
        magnitudes.rowLength == outputs
      else { return nil }
    }
  }

  var step: PayloadStep { .merged }
  var parts: [any TensorPayload] { [base.payload] }

  func read(
    rows: Range<Int>, into buffer: inout MutableRawSpan, scratch: inout PayloadScratch
  ) throws(FormatError) {
    let count = rows.count * layout.rowLength
    var output = try base.borrow(rows: rows, from: &scratch)
    defer { scratch.give(output) }
    let width = layout.rowLength
    // [rank, width]: what a row is a mixture of.
    var mixed: [Float]
    // [rows, rank]: how much of each.
    var shares: [Float]
    if isTransposed {
      mixed = Self.transposed(try b.read(rows: 0..<width, &scratch), rows: width, columns: rank)
      let whole = try a.read(rows: 0..<rank, &scratch)
      let columns = a.rowLength
      shares = []
      shares.reserveCapacity(rows.count * rank)
      for row in rows { for index in 0..<rank { shares.append(whole[index * columns + row]) } }
    } else {
      mixed = try a.read(rows: 0..<rank, &scratch)
      shares = try b.read(rows: rows, &scratch)
    }
    var delta = [Float](repeating: 0, count: width)
    for row in 0..<rows.count {
      for column in 0..<width { delta[column] = 0 }
      for index in 0..<rank {
        Self.add(
          mixed, index * width, times: shares[row * rank + index], to: &delta, 0, count: width)
      }
      Self.add(delta, 0, times: factor, to: &output, row * width, count: width)
    }
    if let magnitudes {
      let lengths = try magnitudes.read(rows: 0..<1, &scratch)
      for (index, row) in rows.enumerated() {
        Self.stretch(&output, index * width..<(index + 1) * width, to: lengths[row])
      }
    }
    output.span.extracting(0..<count).store(into: &buffer)
  }

  /// Gives a row a length: DoRA's magnitude over the row's own norm.
  private static func stretch(_ values: inout [Float], _ range: Range<Int>, to length: Float) {
    let norm = range.reduce(0.0) { $0 + Double(values[$1]) * Double(values[$1]) }.squareRoot()
    let share = length / Float(norm)
    for index in range { values[index] *= share }
  }

  /// y += share · x, in lanes.
  private static func add(
    _ x: [Float], _ from: Int, times share: Float, to y: inout [Float], _ start: Int, count: Int
  ) {
    precondition(from + count <= x.count && start + count <= y.count)
    unsafe x.withUnsafeBufferPointer { source in
      unsafe y.withUnsafeMutableBufferPointer { target in
        for column in 0..<count {
          unsafe target[start + column] += share * source[from + column]
        }
      }
    }
  }

  private static func transposed(_ values: [Float], rows: Int, columns: Int) -> [Float] {
    var output = [Float](repeating: 0, count: values.count)
    for row in 0..<rows {
      for column in 0..<columns { output[column * rows + row] = values[row * columns + column] }
    }
    return output
  }
}
