internal import WeighbridgeByteIO
package import WeighbridgeConversion
internal import WeighbridgeEncodings
package import WeighbridgeInference
package import WeighbridgeModelIR

/// Moves the scales of blocks and the weights of norms along the gradient of the divergence from the
/// model: Specs/calibration.md, CAL-17.
///
/// Codes stay as they are. It holds all blocks and two weights of a matrix, so it is for models of which
/// the memory has room.
package struct ScaleTuning {
  private let reference: Model
  private let decoder: Decoder
  private let options: InferenceOptions

  /// Steps, each on other windows.
  private static let steps = 60
  /// Windows of a step.
  private static let windowsPerStep = 2
  /// How far a step moves a scale at most, about, relative to it.
  private static let rate = 1e-3
  /// Steps in which the rate rises.
  private static let warming = 5

  /// Tunes what was made of a model that has a reverse.
  package init(_ reference: Model, _ decoder: Decoder, options: InferenceOptions) {
    self.reference = reference
    self.decoder = decoder
    self.options = options
  }

  /// Why a plan cannot be tuned; nil where it can.
  package func obstacle(_ plan: ConversionPlan) -> String? {
    if let obstacle = FisherWalk.obstacle(decoder) { return obstacle }
    let largest = plan.model.tensors.map { UInt64($0.layout.shape.elementCount) }.max() ?? 0
    // Blocks with what is known of each, and the gradient of the largest matrix.
    let need = plan.tensorBytes * 2 + 12 * largest
    return need > options.memory / 2 ? "the model takes too much of the memory" : nil
  }

  /// The plan with its scales moved.
  package func run(
    _ plan: ConversionPlan, on windows: TokenWindows
  ) throws(InferenceError) -> ConversionPlan {
    var tensors: [ByteString: TunedTensor] = [:]
    var norms: [ByteString: TunedNorm] = [:]
    for tensor in plan.model.tensors {
      if tensor.name.hasSuffix("norm.weight") { norms[tensor.name] = try TunedNorm(tensor) }
      guard let source = reference.tensor(named: tensor.name),
        source.layout.encoding != tensor.layout.encoding
      else { continue }
      tensors[tensor.name] = try TunedTensor(tensor)
    }
    let length = windows.windows.map { $0.count }.max() ?? 1
    let walk = DivergenceWalk(
      decoder, windows: Self.windowsPerStep, length: length, options: options)
    let tokens = UInt64(Self.windowsPerStep * length)
    options.progress.begin("tuning", total: UInt64(Self.steps) * tokens, unit: .tokens)
    defer { options.progress.end() }
    var payloads: [ByteString: any TensorPayload] = [:]
    var model = plan.model
    for step in 0..<Self.steps {
      try walk.run(try Decoder(model), on: Self.batch(step, windows.windows)) { key, gradient in
        tensors[key.tensor]?.add(gradient, workers: options.threads)
        norms[key.tensor]?.add(gradient)
      }
      let rising = min(1, Double(step + 1) / Double(Self.warming))
      let falling = 1 - Double(step) / Double(Self.steps)
      let rate = Self.rate * rising * falling
      for tensor in tensors.values { tensor.move(by: rate, step: step) }
      for norm in norms.values { norm.move(by: rate, step: step) }
      payloads = tensors.mapValues { $0.payload }
      payloads.merge(norms.mapValues { $0.payload }) { $1 }
      model = model.replacing(payloads)
      options.progress.advance(by: tokens)
    }
    return plan.replacing(payloads)
  }

  /// The windows of a step: all take their turns, in an order that looks random.
  private static func batch(_ step: Int, _ windows: [[Int32]]) -> [[Int32]] {
    (0..<min(windowsPerStep, windows.count)).map { index in
      let place = step * windowsPerStep + index
      let round = place / windows.count
      // A step that has no factor in common with the count visits every window once a round.
      var stride = max(1, (windows.count * 5 / 8 + round) | 1)
      while greatestCommonDivisor(stride, windows.count) != 1 { stride += 2 }
      return windows[(place * stride + round) % windows.count]
    }
  }

  private static func greatestCommonDivisor(_ left: Int, _ right: Int) -> Int {
    right == 0 ? left : greatestCommonDivisor(right, left % right)
  }
}
