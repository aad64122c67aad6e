internal import CWeighbridgeKernels
internal import WeighbridgeByteIO
internal import WeighbridgeEncodings
internal import WeighbridgeInference
internal import WeighbridgeModelIR

/// Where the numbers of half precision lie in a block: values are linear in both.
struct ScaleFields {
  /// What codes are multiplied with.
  let scale: Int
  /// What is taken off, or added; nil where nothing is.
  let minimum: Int?

  /// Nil for encodings without such a scale.
  init?(_ encoding: Encoding) {
    switch encoding {
    case .q2_K: (scale, minimum) = (80, 82)
    case .q3_K: (scale, minimum) = (108, nil)
    case .q4_K, .q5_K, .q4_1, .q5_1: (scale, minimum) = (0, 2)
    case .q6_K: (scale, minimum) = (208, nil)
    case .iq4_XS, .iq4_NL, .q4_0, .q5_0, .q8_0: (scale, minimum) = (0, nil)
    default: return nil
    }
  }
}

/// The blocks of a tensor, with a factor for each scale that moves by Adam's rule (Kingma and Ba,
/// arXiv 1412.6980).
final class TunedTensor {
  private let layout: TensorLayout
  private let fields: ScaleFields
  private let decoder: Encoding.Decoder
  private let original: [UInt8]
  private var blocks: [UInt8]
  /// Of each block the scale's and the minimum's.
  private var moving: [MovingFactor]
  /// The gradients at these, of the present step.
  private let sums: Buffer<Double>
  private let perRow: Int

  /// Nil for a tensor whose blocks have no such scale.
  init?(_ tensor: Tensor) throws(InferenceError) {
    let layout = tensor.layout
    guard let fields = ScaleFields(layout.encoding), let decoder = layout.encoding.decoder,
      layout.rowCount > 0
    else { return nil }
    self.layout = layout
    self.fields = fields
    self.decoder = decoder
    var bytes = [UInt8](repeating: 0, count: Int(clamping: layout.byteCount))
    var span = bytes.mutableSpan
    var raw = unsafe span.mutableBytes
    do { try tensor.payload.read(rows: 0..<layout.rowCount, into: &raw) } catch {
      throw .format(error)
    }
    original = bytes
    blocks = bytes
    perRow = layout.rowLength / layout.encoding.elementsPerBlock
    moving = [MovingFactor](repeating: MovingFactor(), count: 2 * perRow * layout.rowCount)
    sums = Buffer(moving.count, repeating: 0)
  }

  /// The blocks as they are now.
  var payload: any TensorPayload {
    guard let payload = MemoryPayload(layout, blocks) else {
      preconditionFailure("blocks of another size")
    }
    return payload
  }

  /// Adds what the gradient at the weights says of their scales.
  func add(_ gradient: WeightGradient, workers: Int) {
    guard gradient.rows == layout.rowCount, gradient.columns == layout.rowLength else { return }
    let (layout, fields, decoder, original, sums) = (layout, fields, decoder, original, sums)
    let (perRow, elements) = (perRow, layout.encoding.elementsPerBlock)
    let step = 32
    Workers.run((layout.rowCount + step - 1) / step, on: workers, scratch: { 0 }) { (_, job) in
      let all = Buffer<Float>(layout.rowLength, repeating: 0)
      let scaled = Buffer<Float>(layout.rowLength, repeating: 0)
      for row in job * step..<min(layout.rowCount, (job + 1) * step) {
        var bytes = Array(
          original[row * layout.bytesPerRow..<(row + 1) * layout.bytesPerRow])
        Self.decode(bytes, decoder, into: all)
        if let minimum = fields.minimum {
          for block in 0..<perRow {
            let place = block * layout.encoding.bytesPerBlock + minimum
            (bytes[place], bytes[place + 1]) = (0, 0)
          }
        }
        Self.decode(bytes, decoder, into: scaled)
        unsafe gradient.withRow(row) { line in
          for block in 0..<perRow {
            let start = block * elements
            let whole = unsafe wb_inner_product(
              line + start, all.pointer(start, elements), elements)
            let part = unsafe wb_inner_product(
              line + start, scaled.pointer(start, elements), elements)
            let place = 2 * (row * perRow + block)
            sums[place] += part
            if fields.minimum != nil { sums[place + 1] += whole - part }
          }
        }
      }
    }
  }

  private static func decode(
    _ bytes: [UInt8], _ decoder: Encoding.Decoder, into values: Buffer<Float>
  ) {
    values.withSpan(0..<values.count) { span in
      unsafe decoder.decode(bytes.span.bytes, into: &span)
    }
  }

  /// Moves all scales against their gradients, and forgets these.
  func move(by rate: Double, step: Int) {
    for index in moving.indices {
      moving[index].move(against: sums[index], by: rate, step: step)
      sums[index] = 0
    }
    for block in 0..<moving.count / 2 {
      let start = block * layout.encoding.bytesPerBlock
      write(moving[2 * block].change, at: start + fields.scale)
      if let minimum = fields.minimum { write(moving[2 * block + 1].change, at: start + minimum) }
    }
  }

  private func write(_ change: Double, at place: Int) {
    let bits = UInt16(original[place]) | UInt16(original[place + 1]) << 8
    let value = Float(Float16(bitPattern: bits)) * Float(1 + change)
    let half = Float16(value)
    guard half.isFinite else { return }
    blocks[place] = UInt8(truncatingIfNeeded: half.bitPattern)
    blocks[place + 1] = UInt8(truncatingIfNeeded: half.bitPattern >> 8)
  }
}
