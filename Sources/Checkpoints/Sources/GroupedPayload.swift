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
  /// Where the inputs are stored that come first, second, …; nil where they come as they are stored.
  let order: [Int32]?

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
    self.order = nil
    switch groups {
    case .size(let size): groupCount = (inputs - 1) / size + 1
    case .listed(let list): groupCount = Int(list.max() ?? 0) + 1
    }
  }

  /// The same weights with the inputs of a group next to each other; nil where they are already, or
  /// groups differ in size.
  init?(sorting base: GroupedPayload) {
    guard base.order == nil, base.groups.size == nil, case .listed(let list) = base.groups
    else { return nil }
    let order = list.indices.sorted { (list[$0], $0) < (list[$1], $1) }
    let groups = Groups.listed(order.map { list[$0] })
    guard groups.size != nil, list.count < Int(Int32.max) else { return nil }
    layout = base.layout
    orientation = base.orientation
    codes = base.codes
    meaning = base.meaning
    table = base.table
    scales = base.scales
    divisor = base.divisor
    groupCount = base.groupCount
    self.groups = groups
    self.order = order.map { Int32($0) }
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
