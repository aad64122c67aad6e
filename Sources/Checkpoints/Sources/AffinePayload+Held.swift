internal import WeighbridgeByteIO
internal import WeighbridgeEncodings
internal import WeighbridgeModelIR

extension AffinePayload {
  /// What all scales and offsets have in common.
  private struct Survey {
    /// The zero points, where all are integers.
    var zeros: ClosedRange<Int>?
    var isIntegral = true
    var scales = HalfRounding()
    var minimums = HalfRounding()
  }

  /// Codes in the smallest block that holds them.
  ///
  /// Zero points that are integers need no minimum: blocks with a sign hold what is left, exactly.
  func heldCodes(in encoding: Encoding?) throws(FormatError) -> HeldCodes {
    let survey = try survey()
    guard survey.scales.isFinite, survey.minimums.isFinite else {
      return .unheld("half precision cannot hold its scales", nearest: nil)
    }
    let neighbours = group == layout.rowLength ? layout.rowLength : group
    let form = GridForm.all.first { form in
      let elements = form.encoding.elementsPerBlock
      guard encoding == nil || form.encoding == encoding, neighbours % elements == 0,
        layout.rowLength % elements == 0
      else { return false }
      if form.zero == .minimum {
        return codes.range.lowerBound >= 0 && form.range.upperBound >= codes.range.upperBound
      }
      guard survey.isIntegral else { return false }
      return form.holds(codes: codes.range, zeros: survey.zeros ?? 0...0)
    }
    guard let form, let payload = HeldAffinePayload(self, form) else {
      return .unheld(
        "no block has a place for \(codes.bits)-bit codes and a minimum", nearest: .q8_0)
    }
    return .blocks(
      payload,
      scaleError: form.zero == .minimum
        ? max(survey.scales.largestError, survey.minimums.largestError)
        : survey.scales.largestError)
  }

  /// Reads every scale and every offset, some thousand at a time.
  private func survey() throws(FormatError) -> Survey {
    var survey = Survey()
    var range: (low: Int32, high: Int32) = (.max, .min)
    var scratch = PayloadScratch()
    let length = scales.rowLength
    let step = max(1, (1 << 18) / max(1, length))
    for start in stride(from: 0, to: layout.rowCount, by: step) {
      let part = start..<min(start + step, layout.rowCount)
      let factors = try scales.borrow(rows: part, from: &scratch)
      let numbers = try offsets.borrow(rows: part, from: &scratch)
      for place in 0..<part.count * length {
        survey.scales.add(factors[place])
        survey.minimums.add(minimum(factors[place], numbers[place]))
        guard survey.isIntegral else { continue }
        guard let zero = zero(factors[place], numbers[place]) else {
          survey.isIntegral = false
          continue
        }
        range = (min(range.low, zero), max(range.high, zero))
      }
      scratch.give(factors)
      scratch.give(numbers)
    }
    if range.low <= range.high { survey.zeros = Int(range.low)...Int(range.high) }
    return survey
  }
}

/// The same codes in blocks.
private struct HeldAffinePayload: TensorPayload {
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
      let codes = try base.codes.read(rows: part, columns: 0..<base.codes.columns, &scratch)
      let factors = try base.scales.borrow(rows: part, from: &scratch)
      let numbers = try base.offsets.borrow(rows: part, from: &scratch)
      defer {
        scratch.give(factors)
        scratch.give(numbers)
      }
      let elements = form.encoding.elementsPerBlock
      let blocks = codes.count / elements
      var halves = [UInt16](repeating: 0, count: blocks)
      var zeros = halves
      var levels = [Int8](repeating: 0, count: codes.count)
      for block in 0..<blocks {
        let place = block * elements / base.group
        let (factor, number) = (factors[place], numbers[place])
        halves[block] = Float16(factor).bitPattern
        var taken: Int32 = 0
        switch form.zero {
        case .none: taken = base.zero(factor, number) ?? 0
        case .minimum: zeros[block] = Float16(base.minimum(factor, number)).bitPattern
        case .integer:
          zeros[block] = UInt16(truncatingIfNeeded: base.zero(factor, number) ?? 0)
        }
        for index in block * elements..<(block + 1) * elements {
          levels[index] = try level(codes[index] &- taken, part, index)
        }
      }
      form.store(levels.span, scales: halves.span, zeros: zeros.span, into: &target)
    }
  }

  private func level(
    _ level: Int32, _ rows: Range<Int>, _ index: Int
  ) throws(FormatError) -> Int8 {
    guard form.range.contains(Int(level)) else {
      throw FormatError(
        .invalidValue,
        "row \(rows.lowerBound + index / layout.rowLength), column \(index % layout.rowLength): "
          + "code \(level) is not one that \(form.encoding) holds",
        in: "codes of a quantized weight")
    }
    return Int8(truncatingIfNeeded: level)
  }
}
