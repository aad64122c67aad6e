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

  /// The layout of what `read` produces: F32, outputs by inputs.
  let layout: TensorLayout
  private let orientation: Orientation
  private let codes: CodeTable
  private let meaning: Meaning
  private let table: [Float]?
  private let scales: FloatRows
  /// What the scale is divided by.
  private let divisor: Float
  /// Inputs that share a scale, or the group of each.
  private let groups: Groups

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
  }

  /// Inputs that are decoded at once where they are rows: their codes stay in the caches.
  private static let step = 64

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
  }

  var step: PayloadStep { .scaled }
  var parts: [any TensorPayload] { [codes.payload, scales.payload] }

  func read(
    rows: Range<Int>, into buffer: inout MutableRawSpan, scratch: inout PayloadScratch
  ) throws(FormatError) {
    guard !rows.isEmpty else { return }
    let floats =
      orientation == .outputs
      ? try readOutputs(rows, &scratch) : try readInputs(of: rows, &scratch)
    floats.span.store(into: &buffer)
  }

  private func readOutputs(
    _ rows: Range<Int>, _ scratch: inout PayloadScratch
  ) throws(FormatError) -> [Float] {
    let inputs = codes.columns
    let own = try codes.read(rows: rows, columns: 0..<inputs, &scratch)
    let factors = divided(try scales.read(rows: rows, &scratch))
    let perRow = scales.rowLength
    let zeros = try zeroPoints(&scratch) { (table, scratch) throws(FormatError) in
      (try table.read(rows: rows, columns: 0..<table.columns, &scratch), table.columns)
    }
    let groupOf = (0..<inputs).map { groups.group($0) }
    var floats = [Float](repeating: 0, count: own.count)
    for row in 0..<rows.count {
      for input in 0..<inputs {
        let group = groupOf[input]
        let zero = zeros.isEmpty ? constant : zeros.values[row * zeros.perRow + group]
        floats[row * inputs + input] = value(
          own[row * inputs + input], zero, factors[row * perRow + group])
      }
    }
    return floats
  }

  /// The columns of the stored matrices, turned over.
  private func readInputs(
    of outputs: Range<Int>, _ scratch: inout PayloadScratch
  ) throws(FormatError) -> [Float] {
    let inputs = codes.rows
    let count = outputs.count
    let factors = divided(try scales.read(rows: 0..<scales.payload.layout.rowCount, &scratch))
    let perRow = scales.rowLength
    let zeros = try zeroPoints(&scratch) { (table, scratch) throws(FormatError) in
      (try table.read(rows: 0..<table.rows, columns: outputs, &scratch), count)
    }
    var floats = [Float](repeating: 0, count: count * inputs)
    for start in stride(from: 0, to: inputs, by: Self.step) {
      let part = start..<min(start + Self.step, inputs)
      let own = try codes.read(rows: part, columns: outputs, &scratch)
      let groupOf = part.map { groups.group($0) }
      for output in 0..<count {
        for (index, group) in groupOf.enumerated() {
          let zero = zeros.isEmpty ? constant : zeros.values[group * count + output]
          floats[output * inputs + start + index] = value(
            own[index * count + output], zero,
            factors[group * perRow + outputs.lowerBound + output])
        }
      }
    }
    return floats
  }

  /// Zero points of some groups; empty where there are none.
  private struct ZeroPoints {
    var values: [Float] = []
    var perRow = 0
    var isEmpty: Bool { values.isEmpty }
  }

  private func zeroPoints(
    _ scratch: inout PayloadScratch,
    _ read: (CodeTable, inout PayloadScratch) throws(FormatError) -> (
      codes: [Int32], perRow: Int
    )
  ) throws(FormatError) -> ZeroPoints {
    guard case .zeros(let table, let offset) = meaning else { return ZeroPoints() }
    let (codes, perRow) = try read(table, &scratch)
    return ZeroPoints(values: codes.map { Float($0 &+ offset) }, perRow: perRow)
  }

  private var constant: Float {
    if case .difference(let constant) = meaning { Float(constant) } else { 0 }
  }

  private func divided(_ scales: [Float]) -> [Float] {
    divisor == 1 ? scales : scales.map { $0 / divisor }
  }

  /// Small integers are exact as floats, and so are their differences.
  @inline(__always)
  private func value(_ code: Int32, _ zero: Float, _ factor: Float) -> Float {
    if let table { return table[Int(code & 0xFF)] * factor }
    return (Float(code) - zero) * factor
  }
}
