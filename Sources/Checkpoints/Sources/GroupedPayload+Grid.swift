internal import WeighbridgeByteIO
internal import WeighbridgeEncodings
internal import WeighbridgeModelIR

extension GroupedPayload {
  /// What some outputs are stored as.
  struct Grid {
    /// Outputs by inputs.
    var codes: [Int32]
    /// Outputs by groups.
    var scales: [Float]
    /// Outputs by groups; empty where all are the same.
    var zeros: [Int32] = []
  }

  /// Reads codes, scales and zero points of some outputs.
  func grid(
    of outputs: Range<Int>, _ scratch: inout PayloadScratch
  ) throws(FormatError) -> Grid {
    var grid =
      orientation == .outputs
      ? try storedByOutputs(outputs, &scratch) : try storedByInputs(outputs, &scratch)
    if divisor != 1 { for index in grid.scales.indices { grid.scales[index] /= divisor } }
    if let order {
      let (stored, inputs) = (grid.codes, order.count)
      for row in 0..<outputs.count {
        for (input, place) in order.enumerated() {
          grid.codes[row * inputs + input] = stored[row * inputs + Int(place)]
        }
      }
    }
    return grid
  }

  private func storedByOutputs(
    _ outputs: Range<Int>, _ scratch: inout PayloadScratch
  ) throws(FormatError) -> Grid {
    let all = try scales.borrow(rows: outputs, from: &scratch)
    defer { scratch.give(all) }
    var grid = Grid(
      codes: try codes.read(rows: outputs, columns: 0..<layout.rowLength, &scratch), scales: [])
    grid.scales.reserveCapacity(outputs.count * groupCount)
    // Scales may be padded.
    for row in 0..<outputs.count {
      grid.scales += all[row * scales.rowLength..<row * scales.rowLength + groupCount]
    }
    if case .zeros(let points, let offset) = meaning {
      grid.zeros = try points.read(rows: outputs, columns: 0..<groupCount, &scratch)
        .map { $0 &+ offset }
    }
    return grid
  }

  /// The columns of the stored matrices, turned over.
  private func storedByInputs(
    _ outputs: Range<Int>, _ scratch: inout PayloadScratch
  ) throws(FormatError) -> Grid {
    let inputs = layout.rowLength
    let count = outputs.count
    var grid = Grid(
      codes: [Int32](repeating: 0, count: count * inputs),
      scales: [Float](repeating: 0, count: count * groupCount))
    // So many rows at once that their codes stay in the caches.
    for start in stride(from: 0, to: inputs, by: 64) {
      let part = start..<min(start + 64, inputs)
      let own = try codes.read(rows: part, columns: outputs, &scratch)
      for output in 0..<count {
        for index in 0..<part.count {
          grid.codes[output * inputs + start + index] = own[index * count + output]
        }
      }
    }
    let windowed = ColumnsPayload(scales.payload, outputs).flatMap { FloatRows($0) }
    let source = windowed ?? scales
    let first = windowed == nil ? outputs.lowerBound : 0
    let factors = try source.borrow(rows: 0..<groupCount, from: &scratch)
    defer { scratch.give(factors) }
    for group in 0..<groupCount {
      for output in 0..<count {
        grid.scales[output * groupCount + group] =
          factors[group * source.rowLength + first + output]
      }
    }
    guard case .zeros(let points, let offset) = meaning else { return grid }
    let stored = try points.read(rows: 0..<groupCount, columns: outputs, &scratch)
    grid.zeros = [Int32](repeating: 0, count: stored.count)
    for group in 0..<groupCount {
      for output in 0..<count {
        grid.zeros[output * groupCount + group] = stored[group * count + output] &+ offset
      }
    }
    return grid
  }

  /// The zero point of all, where it is one.
  var commonZero: Int32? {
    if case .difference(let zero) = meaning { zero } else { nil }
  }
}
