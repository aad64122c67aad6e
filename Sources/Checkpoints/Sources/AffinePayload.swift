internal import WeighbridgeByteIO
internal import WeighbridgeEncodings
internal import WeighbridgeModelIR

/// Weights as codes with a scale and a bias for each group of inputs: code · scale + bias.
///
/// Computed in single precision. Codes are outputs by inputs, scales and biases outputs by groups.
struct AffinePayload: TensorPayload {
  /// The layout of what `read` produces: F32, outputs by inputs.
  let layout: TensorLayout
  private let codes: CodeTable
  private let scales: FloatRows
  private let biases: FloatRows
  /// Inputs that share a scale.
  private let group: Int

  /// Nil where the parts do not fit together.
  init?(_ codes: CodeTable, scales: any TensorPayload, biases: any TensorPayload, group: Int) {
    guard group > 0, codes.columns % group == 0,
      let shape = TensorShape([codes.rows, codes.columns]),
      let layout = TensorLayout(shape, .f32), let scale = FloatRows(scales),
      let bias = FloatRows(biases), scale.rowLength == codes.columns / group,
      scales.layout.shape == biases.layout.shape, scales.layout.rowCount == codes.rows,
      biases.layout.rowCount == codes.rows
    else { return nil }
    self.layout = layout
    self.codes = codes
    self.scales = scale
    self.biases = bias
    self.group = group
  }

  var step: PayloadStep { .scaled }
  var parts: [any TensorPayload] { [codes.payload, scales.payload, biases.payload] }

  func read(
    rows: Range<Int>, into buffer: inout MutableRawSpan, scratch: inout PayloadScratch
  ) throws(FormatError) {
    guard !rows.isEmpty else { return }
    let own = try codes.read(rows: rows, columns: 0..<codes.columns, &scratch)
    let factors = try scales.borrow(rows: rows, from: &scratch)
    defer { scratch.give(factors) }
    let offsets = try biases.borrow(rows: rows, from: &scratch)
    defer { scratch.give(offsets) }
    var floats = scratch.takeFloats(own.count)
    defer { scratch.give(floats) }
    for place in 0..<own.count / group {
      let (factor, offset) = (factors[place], offsets[place])
      for index in place * group..<(place + 1) * group {
        floats[index] = Float(own[index]) * factor + offset
      }
    }
    floats.span.extracting(0..<own.count).store(into: &buffer)
  }

  func heldCodes(in encoding: Encoding?) throws(FormatError) -> HeldCodes {
    let form = GridForm.all.first { form in
      form.zero == .minimum && (encoding == nil || form.encoding == encoding)
        && form.range.upperBound >= codes.range.upperBound
        && group % form.encoding.elementsPerBlock == 0
    }
    guard let form, let payload = Held(self, form) else {
      return .unheld(
        "no block has a place for \(codes.bits)-bit codes and a minimum", nearest: .q8_0)
    }
    var rounding = HalfRounding()
    for rows in [scales, biases] { try Self.add(rows, to: &rounding) }
    guard rounding.isFinite else {
      return .unheld("half precision cannot hold its scales", nearest: nil)
    }
    return .blocks(payload, scaleError: rounding.largestError)
  }

  private static func add(
    _ rows: FloatRows, to rounding: inout HalfRounding
  ) throws(FormatError) {
    var scratch = PayloadScratch()
    let step = max(1, (1 << 18) / max(1, rows.rowLength))
    for start in stride(from: 0, to: rows.payload.layout.rowCount, by: step) {
      let part = start..<min(start + step, rows.payload.layout.rowCount)
      let values = try rows.borrow(rows: part, from: &scratch)
      for value in values[0..<part.count * rows.rowLength] { rounding.add(value) }
      scratch.give(values)
    }
  }

  /// The same codes in blocks with a scale and a minimum.
  private struct Held: TensorPayload {
    let layout: TensorLayout
    private let base: AffinePayload
    private let form: GridForm

    init?(_ base: AffinePayload, _ form: GridForm) {
      guard let layout = TensorLayout(base.layout.shape, form.encoding),
        layout.rowCount == base.layout.rowCount
      else { return nil }
      self.layout = layout
      self.base = base
      self.form = form
    }

    var step: PayloadStep { .repacked }
    var parts: [any TensorPayload] { [base] }

    func read(
      rows: Range<Int>, into buffer: inout MutableRawSpan, scratch: inout PayloadScratch
    ) throws(FormatError) {
      try forPieces(of: rows, elements: 1 << 19, in: &buffer) {
        (part, target) throws(FormatError) in
        let codes = try base.codes.read(
          rows: part, columns: 0..<base.codes.columns, &scratch)
        let scales = try base.scales.borrow(rows: part, from: &scratch)
        let biases = try base.biases.borrow(rows: part, from: &scratch)
        let elements = form.encoding.elementsPerBlock
        let blocks = codes.count / elements
        let halves = (0..<blocks).map { Float16(scales[$0 * elements / base.group]).bitPattern }
        let minimums = (0..<blocks).map { Float16(biases[$0 * elements / base.group]).bitPattern }
        scratch.give(scales)
        scratch.give(biases)
        let levels = codes.map { Int8(truncatingIfNeeded: $0) }
        form.store(levels.span, scales: halves.span, zeros: minimums.span, into: &target)
      }
    }
  }
}
