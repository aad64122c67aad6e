internal import WeighbridgeByteIO
internal import WeighbridgeEncodings
internal import WeighbridgeModelIR

/// Weights as codes with a scale, and perhaps a zero point, for each group of inputs.
///
/// A weight is (code − zero) · scale, or the entry of a table · scale, in single precision.
struct GroupedPayload: TensorPayload {
  /// What the matrices of codes, scales and zero points have in their rows.
  enum Orientation: Hashable, Sendable {
    /// Outputs by inputs, as the weights: scales are outputs by groups.
    case outputs
    /// Inputs by outputs: scales are groups by outputs.
    case inputs
  }

  /// What a code stands for before it is scaled.
  enum Meaning: Sendable {
    /// code − zero, the same for all.
    case difference(Int32)
    /// code − (the group's zero + offset).
    case zeros(CodeTable, offset: Int32)
    case table([Float])
  }

  /// How inputs share scales.
  enum Groups: Sendable {
    case size(Int)
    case listed([Int32])

    func group(_ input: Int) -> Int {
      switch self {
      case .size(let size): input / size
      case .listed(let list): Int(list[input])
      }
    }

    /// Whether each of so many inputs has one of so many groups.
    func fits(inputs: Int, count: Int) -> Bool {
      switch self {
      case .size(let size): size > 0 && inputs > 0 && (inputs - 1) / size < count
      case .listed(let list):
        list.count == inputs && list.allSatisfy { $0 >= 0 && $0 < count }
      }
    }

    /// Neighbours that share a scale, where groups are runs of one length in their order; nil where
    /// they are not, as after `desc_act`.
    var size: Int? {
      switch self {
      case .size(let size): return size
      case .listed(let list):
        let size = list.firstIndex { $0 != list[0] } ?? list.count
        guard size > 0, list.indices.allSatisfy({ Int(list[$0]) == $0 / size }) else { return nil }
        return size
      }
    }
  }

  /// The layout of what `read` produces: F32, outputs by inputs.
  let layout: TensorLayout
  let orientation: Orientation
  let codes: CodeTable
  let meaning: Meaning
  private let table: [Float]?
  let scales: FloatRows
  /// What the scale is divided by.
  let divisor: Float
  /// Inputs that share a scale, or the group of each.
  let groups: Groups
  /// The number of groups in use.
  let groupCount: Int

  /// Nil where the parts do not fit together.
  init?(
    _ codes: CodeTable, _ orientation: Orientation, _ meaning: Meaning,
    scales: any TensorPayload, dividedBy divisor: Float = 1, _ groups: Groups
  ) {
    let (outputs, inputs) =
      orientation == .outputs ? (codes.rows, codes.columns) : (codes.columns, codes.rows)
    guard let shape = TensorShape([outputs, inputs]), let layout = TensorLayout(shape, .f32),
      let rows = FloatRows(scales), scales.layout.rowCount > 0
    else { return nil }
    let isOutputs = orientation == .outputs
    let count = isOutputs ? rows.rowLength : scales.layout.rowCount
    guard groups.fits(inputs: inputs, count: count),
      isOutputs ? scales.layout.rowCount == outputs : rows.rowLength == outputs
    else { return nil }
    if case .zeros(let zeros, _) = meaning {
      guard isOutputs ? zeros.rows == outputs : zeros.columns == outputs,
        groups.fits(inputs: inputs, count: isOutputs ? zeros.columns : zeros.rows)
      else { return nil }
    }
    if case .table(let values) = meaning {
      guard values.count >= 256 else { return nil }
      self.table = values
    } else {
      self.table = nil
    }
    self.layout = layout
    self.orientation = orientation
    self.codes = codes
    self.meaning = meaning
    self.scales = rows
    self.divisor = divisor
    self.groups = groups
    switch groups {
    case .size(let size): groupCount = (inputs - 1) / size + 1
    case .listed(let list): groupCount = Int(list.max() ?? 0) + 1
    }
  }

  var step: PayloadStep { .scaled }
  var parts: [any TensorPayload] { [codes.payload, scales.payload] }

  func read(
    rows: Range<Int>, into buffer: inout MutableRawSpan, scratch: inout PayloadScratch
  ) throws(FormatError) {
    guard !rows.isEmpty else { return }
    let grid = try grid(of: rows, &scratch)
    let inputs = layout.rowLength
    let groupOf = (0..<inputs).map { groups.group($0) }
    var floats = scratch.takeFloats(grid.codes.count)
    defer { scratch.give(floats) }
    // Small integers are exact as floats, and so are their differences.
    let zeros =
      grid.zeros.isEmpty
      ? [Float](repeating: Float(constant), count: grid.scales.count) : grid.zeros.map { Float($0) }
    for row in 0..<rows.count {
      let (first, line) = (row * groupCount, row * inputs)
      guard let table else {
        for input in 0..<inputs {
          let place = first + groupOf[input]
          floats[line + input] =
            (Float(grid.codes[line + input]) - zeros[place]) * grid.scales[place]
        }
        continue
      }
      for input in 0..<inputs {
        floats[line + input] =
          table[Int(grid.codes[line + input] & 0xFF)] * grid.scales[first + groupOf[input]]
      }
    }
    floats.span.extracting(0..<grid.codes.count).store(into: &buffer)
  }

  private var constant: Int32 {
    if case .difference(let constant) = meaning { constant } else { 0 }
  }
}

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
