internal import WeighbridgeByteIO
internal import WeighbridgeEncodings
internal import WeighbridgeInference
internal import WeighbridgeModelIR

/// A factor that moves along a gradient by Adam's rule (Kingma and Ba, arXiv 1412.6980), from 1.
struct MovingFactor {
  /// The factor less 1.
  private(set) var change = 0.0
  private var mean = 0.0
  private var square = 0.0

  /// Moves; steps count from 0.
  mutating func move(against gradient: Double, by rate: Double, step: Int) {
    let (first, second) = (0.9, 0.95)
    var (firstLeft, secondLeft) = (1.0, 1.0)
    for _ in 0...step {
      firstLeft *= first
      secondLeft *= second
    }
    mean = first * mean + (1 - first) * gradient
    square = second * square + (1 - second) * gradient * gradient
    let size = (square / (1 - secondLeft)).squareRoot() + 1e-8
    change -= rate * (mean / (1 - firstLeft)) / size
  }
}

/// The weights of a norm, each with a factor that moves.
final class TunedNorm {
  private let layout: TensorLayout
  private let original: [Float]
  private var moving: [MovingFactor]
  private var sums: [Double]

  /// Nil for anything but a row of F32.
  init?(_ tensor: Tensor) throws(InferenceError) {
    guard tensor.layout.encoding == .f32, tensor.layout.shape.dimensions.count == 1,
      let rows = FloatRows(tensor.payload)
    else { return nil }
    layout = tensor.layout
    do { original = try rows.read(rows: 0..<tensor.layout.rowCount) } catch {
      throw .format(error)
    }
    moving = [MovingFactor](repeating: MovingFactor(), count: original.count)
    sums = [Double](repeating: 0, count: original.count)
  }

  /// The weights as they are now.
  var payload: any TensorPayload {
    let values = zip(original, moving).map { Float(Double($0) * (1 + $1.change)) }
    guard let payload = MemoryPayload(values), payload.layout == layout else {
      preconditionFailure("weights of another size")
    }
    return payload
  }

  /// Adds the gradient at the logarithms of the weights.
  func add(_ gradient: WeightGradient) {
    guard gradient.rows == 1, gradient.columns == sums.count else { return }
    unsafe gradient.withRow(0) { line in
      for index in sums.indices { sums[index] += Double(unsafe line[index]) }
    }
  }

  /// Moves all weights against their gradients, and forgets these.
  func move(by rate: Double, step: Int) {
    for index in moving.indices {
      moving[index].move(against: sums[index], by: rate, step: step)
      sums[index] = 0
    }
  }
}
