internal import WeighbridgeByteIO
internal import WeighbridgeEncodings
internal import WeighbridgeModelIR

/// What cannot be encoded is met before, or seen after.
extension ReencodedPayload {
  /// Finds what cannot be encoded; true where large numbers make a second look necessary.
  func check(
    _ floats: inout MutableSpan<Float>, firstRow: Int
  ) throws(FormatError) -> Bool {
    if let index = floats.span.firstNonFiniteIndex {
      guard clamps else {
        throw fault(
          index, firstRow, "is \(floats[index])",
          hint: "--clamp makes NaN 0 and infinity the largest number")
      }
      replaceNonFinite(in: &floats)
    }
    guard let guardedLimit, Magnitudes.reach(guardedLimit, in: floats.span) else { return false }
    if clamps {
      for index in floats.indices { floats[index] = min(max(floats[index], -65_504), 65_504) }
      return false
    }
    guard encoder.encoding == .f16 else { return true }
    for index in floats.indices where abs(floats[index]) >= guardedLimit {
      throw fault(
        index, firstRow, "is \(floats[index]), beyond the largest number of F16 (65504)",
        hint: "--clamp makes such numbers the largest; --type BF16 or F32 keeps them")
    }
    return false
  }

  /// NaN becomes 0, infinity the largest number of the target: that of BF16 is one of F32 as well.
  private func replaceNonFinite(in floats: inout MutableSpan<Float>) {
    let largest = guardedLimit == nil ? Float(bitPattern: 0x7F7F_0000) : 65_504
    for index in floats.indices where !floats[index].isFinite {
      let value = floats[index]
      floats[index] = value.isNaN ? 0 : value < 0 ? -largest : largest
    }
  }

  /// Decodes what was encoded from large numbers: a scale beyond F16 shows as infinity, and where a
  /// search has summed squares beyond single precision, the largest number is gone.
  func verify(
    _ blocks: RawSpan, of floats: Span<Float>, firstRow: Int
  ) throws(FormatError) {
    var decoded = [Float](repeating: 0, count: floats.count)
    var span = decoded.mutableSpan
    encoder.decoder.decode(blocks, into: &span)
    if let index = decoded.span.firstNonFiniteIndex {
      throw fault(
        index, firstRow, "lies in a block whose scale is beyond F16",
        hint: "--clamp makes such numbers 65504")
    }
    if let largest = floats.indices.max(by: { abs(floats[$0]) < abs(floats[$1]) }),
      abs(decoded[largest]) < abs(floats[largest]) / 1024
    {
      throw fault(
        largest, firstRow, "is \(floats[largest]), of which \(encoder.encoding) leaves nothing",
        hint: "--clamp makes such numbers 65504; BF16, F32 and MXFP4 can hold them")
    }
  }

  private func fault(
    _ index: Int, _ firstRow: Int, _ what: String, hint: String?
  ) -> FormatError {
    let row = firstRow + index / max(1, layout.rowLength)
    let column = index % max(1, layout.rowLength)
    return FormatError(
      .nonFiniteValue, "row \(row), column \(column) \(what)", in: "tensor '\(name)'", hint: hint)
  }
}
