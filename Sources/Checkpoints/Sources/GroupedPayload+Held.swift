internal import WeighbridgeByteIO
internal import WeighbridgeEncodings
internal import WeighbridgeModelIR

extension GroupedPayload {
  /// Codes with a scale for each group of inputs, in the smallest block that holds them.
  ///
  /// Blocks take scales of their own from groups, so groups are runs of whole blocks, and what is left
  /// to decide is the zero point: a block has none, or a rounded minimum, or, where 256 inputs share a
  /// scale, a whole one.
  func heldCodes(in encoding: Encoding?) throws(FormatError) -> HeldCodes {
    if case .table = meaning {
      return .unheld("its sixteen levels are those of no block", nearest: .iq4_NL)
    }
    guard let size = groups.size else {
      guard let sorted = GroupedPayload(sorting: self),
        case .blocks = try sorted.heldCodes(in: encoding)
      else { return HeldCodes.outOfOrder }
      return .reordered(sorted, order: sorted.order ?? [])
    }
    let survey = try survey()
    guard survey.scales.isFinite, survey.minimums.isFinite else {
      return .unheld("half precision cannot hold its scales", nearest: nil)
    }
    let neighbours = groupCount == 1 ? layout.rowLength : size
    let fitting = GridForm.all.filter { form in
      let elements = form.encoding.elementsPerBlock
      return (encoding == nil || form.encoding == encoding)
        && form.holds(codes: codes.range, zeros: survey.zeros) && neighbours % elements == 0
        && layout.rowLength % elements == 0
    }
    guard let form = fitting.first, let payload = HeldGridPayload(self, form) else {
      return .unheld(
        encoding.map { "\($0) has no place for its \(codes.bits)-bit codes" }
          ?? "no block has a place for \(codes.bits)-bit codes in groups of \(neighbours)",
        nearest: .q8_0)
    }
    return .blocks(
      payload,
      scaleError: form.zero == .minimum
        ? max(survey.scales.largestError, survey.minimums.largestError)
        : survey.scales.largestError)
  }

  /// What all scales and zero points have in common.
  private struct Survey {
    var zeros: ClosedRange<Int>
    var scales = HalfRounding()
    var minimums = HalfRounding()

    mutating func add(_ scale: Float, _ zero: Int32) {
      scales.add(scale)
      minimums.add(-Float(zero) * scale)
    }
  }

  /// Reads every scale and every zero point, some thousand at a time.
  private func survey() throws(FormatError) -> Survey {
    var scratch = PayloadScratch()
    let isOutputs = orientation == .outputs
    let rows = isOutputs ? layout.rowCount : groupCount
    let columns = isOutputs ? groupCount : layout.rowCount
    var survey = Survey(zeros: 0...0)
    var range: (low: Int32, high: Int32) = commonZero.map { ($0, $0) } ?? (.max, .min)
    let step = max(1, (1 << 18) / max(1, scales.rowLength))
    for start in stride(from: 0, to: rows, by: step) {
      let part = start..<min(start + step, rows)
      let factors = try scales.borrow(rows: part, from: &scratch)
      var points: [Int32] = []
      if case .zeros(let table, let offset) = meaning {
        points = try table.read(rows: part, columns: 0..<columns, &scratch).map { $0 &+ offset }
        range.low = min(range.low, points.min() ?? range.low)
        range.high = max(range.high, points.max() ?? range.high)
      }
      for row in 0..<part.count {
        for column in 0..<columns {
          let zero = points.isEmpty ? commonZero ?? 0 : points[row * columns + column]
          survey.add(factors[row * scales.rowLength + column] / divisor, zero)
        }
      }
      scratch.give(factors)
    }
    if range.low <= range.high { survey.zeros = Int(range.low)...Int(range.high) }
    return survey
  }
}

/// Codes of a grid in blocks: none is changed, and every block that is made is decoded and looked at.
struct HeldGridPayload: TensorPayload {
  let layout: TensorLayout
  private let base: GroupedPayload
  private let form: GridForm
  private let decoder: Encoding.Decoder
  /// Inputs that share a scale.
  private let neighbours: Int

  /// Codes that are in flight at once.
  private static let pieceCodes = 1 << 19

  /// Nil where a row is not of whole blocks.
  init?(_ base: GroupedPayload, _ form: GridForm) {
    guard let layout = TensorLayout(base.layout.shape, form.encoding),
      layout.rowCount == base.layout.rowCount, let decoder = form.encoding.decoder,
      let size = base.groups.size
    else { return nil }
    self.layout = layout
    self.base = base
    self.form = form
    self.decoder = decoder
    self.neighbours = base.groupCount == 1 ? layout.rowLength : size
  }

  var step: PayloadStep { .repacked }
  var parts: [any TensorPayload] { [base] }

  func read(
    rows: Range<Int>, into buffer: inout MutableRawSpan, scratch: inout PayloadScratch
  ) throws(FormatError) {
    try forPieces(of: rows, elements: Self.pieceCodes, in: &buffer) {
      (piece, target) throws(FormatError) in
      try store(piece, into: &target, &scratch)
    }
  }

  private func store(
    _ rows: Range<Int>, into target: inout MutableRawSpan, _ scratch: inout PayloadScratch
  ) throws(FormatError) {
    let grid = try base.grid(of: rows, &scratch)
    let (inputs, groups) = (layout.rowLength, base.groupCount)
    let elements = form.encoding.elementsPerBlock
    let perRow = inputs / elements
    var levels = [Int8](repeating: 0, count: grid.codes.count)
    var scales = [UInt16](repeating: 0, count: rows.count * perRow)
    var zeros = scales
    for row in 0..<rows.count {
      for block in 0..<perRow {
        let group = row * groups + block * elements / neighbours
        let zero = grid.zeros.isEmpty ? base.commonZero ?? 0 : grid.zeros[group]
        let scale = grid.scales[group]
        scales[row * perRow + block] = Float16(scale).bitPattern
        switch form.zero {
        case .none: break
        case .minimum:
          zeros[row * perRow + block] = Float16(-Float(zero) * scale).bitPattern
        case .integer: zeros[row * perRow + block] = UInt16(truncatingIfNeeded: zero)
        }
        let taken = form.zero == .none ? zero : 0
        let first = row * inputs + block * elements
        for place in first..<first + elements {
          levels[place] = Int8(truncatingIfNeeded: grid.codes[place] &- taken)
        }
      }
    }
    form.store(levels.span, scales: scales.span, zeros: zeros.span, into: &target)
    try check(levels, scales, zeros, rows, target.bytes, &scratch)
  }

  /// Decodes what was made: every number must be what its code, scale and zero point are worth.
  private func check(
    _ levels: [Int8], _ scales: [UInt16], _ zeros: [UInt16], _ rows: Range<Int>,
    _ blocks: RawSpan, _ scratch: inout PayloadScratch
  ) throws(FormatError) {
    var floats = scratch.takeFloats(levels.count)
    defer { scratch.give(floats) }
    var span = floats.mutableSpan
    var output = span._mutatingExtracting(0..<levels.count)
    decoder.decode(blocks, into: &output)
    let elements = form.encoding.elementsPerBlock
    for block in scales.indices {
      let scale = Float(Float16(bitPattern: scales[block]))
      let minimum: Float =
        switch form.zero {
        case .none: 0
        case .minimum: Float(Float16(bitPattern: zeros[block]))
        case .integer: -(scale * Float(zeros[block]))
        }
      for place in block * elements..<(block + 1) * elements {
        let value = scale * Float(levels[place])
        guard floats[place] == (form.zero == .none ? value : value + minimum) else {
          throw FormatError(
            .invalidValue,
            "row \(rows.lowerBound + place / layout.rowLength), column "
              + "\(place % layout.rowLength): \(form.encoding) does not give its code back",
            in: "codes of a quantized weight")
        }
      }
    }
  }
}
