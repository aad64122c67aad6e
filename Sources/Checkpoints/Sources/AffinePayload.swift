internal import WeighbridgeByteIO
internal import WeighbridgeEncodings
internal import WeighbridgeModelIR

/// Weights as codes with a scale and an offset for each group of inputs.
///
/// Computed in single precision. Codes are outputs by inputs, scales and offsets outputs by groups.
struct AffinePayload: TensorPayload {
  /// What is done to a code besides scaling.
  enum Offset: Sendable {
    /// code · scale + bias.
    case bias(any TensorPayload)
    /// (code − zero) · scale, where zero points need not be integers.
    case zero(any TensorPayload)
    /// (code − middle) · scale + bias.
    case middle(Int32, any TensorPayload)

    fileprivate var numbers: any TensorPayload {
      switch self {
      case .bias(let numbers), .zero(let numbers), .middle(_, let numbers): numbers
      }
    }
  }

  /// The layout of what `read` produces: F32, outputs by inputs.
  let layout: TensorLayout
  let codes: CodeTable
  let scales: FloatRows
  let offsets: FloatRows
  private let offset: Offset
  /// Inputs that share a scale.
  let group: Int

  /// Nil where the parts do not fit together.
  init?(_ codes: CodeTable, scales: any TensorPayload, _ offset: Offset, group: Int) {
    let numbers = offset.numbers
    guard group > 0, codes.columns % group == 0,
      let shape = TensorShape([codes.rows, codes.columns]),
      let layout = TensorLayout(shape, .f32), let scale = FloatRows(scales),
      let offsets = FloatRows(numbers), scale.rowLength == codes.columns / group,
      scales.layout.shape == numbers.layout.shape, scales.layout.rowCount == codes.rows,
      numbers.layout.rowCount == codes.rows
    else { return nil }
    self.layout = layout
    self.codes = codes
    self.scales = scale
    self.offsets = offsets
    self.offset = offset
    self.group = group
  }

  var step: PayloadStep { .scaled }
  var parts: [any TensorPayload] { [codes.payload, scales.payload, offsets.payload] }

  func read(
    rows: Range<Int>, into buffer: inout MutableRawSpan, scratch: inout PayloadScratch
  ) throws(FormatError) {
    guard !rows.isEmpty else { return }
    let own = try codes.read(rows: rows, columns: 0..<codes.columns, &scratch)
    let factors = try scales.borrow(rows: rows, from: &scratch)
    defer { scratch.give(factors) }
    let numbers = try offsets.borrow(rows: rows, from: &scratch)
    defer { scratch.give(numbers) }
    var floats = scratch.takeFloats(own.count)
    defer { scratch.give(floats) }
    for place in 0..<own.count / group {
      let (factor, number) = (factors[place], numbers[place])
      let range = place * group..<(place + 1) * group
      switch offset {
      case .bias: for index in range { floats[index] = Float(own[index]) * factor + number }
      case .zero: for index in range { floats[index] = (Float(own[index]) - number) * factor }
      case .middle(let middle, _):
        for index in range { floats[index] = Float(own[index] &- middle) * factor + number }
      }
    }
    floats.span.extracting(0..<own.count).store(into: &buffer)
  }

  /// What code 0 is worth.
  func minimum(_ factor: Float, _ number: Float) -> Float {
    switch offset {
    case .bias: number
    case .zero: -number * factor
    case .middle(let middle, _): number - Float(middle) * factor
    }
  }

  /// The zero point, where it is an integer and numbers are worth just that; nil where it is none.
  func zero(_ factor: Float, _ number: Float) -> Int32? {
    func integer(_ value: Float) -> Int32? {
      abs(value) < 0x1p20 ? Int32(exactly: value.rounded()) : nil
    }
    switch offset {
    case .zero: return number == number.rounded() ? integer(number) : nil
    case .bias, .middle:
      var middle: Int32 = 0
      if case .middle(let own, _) = offset { middle = own }
      guard number != 0 else { return middle }
      guard let own = integer(-number / factor), -Float(own) * factor == number else { return nil }
      return middle &+ own
    }
  }
}
