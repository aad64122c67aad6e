package import WeighbridgeByteIO
package import WeighbridgeEncodings

/// Plain numbers as they are, looked at on the way.
///
/// NaN and infinity are errors that name tensor, row and column; with `clamps`, NaN becomes 0 and
/// infinity the largest number. Memory is the caller's buffer.
package struct CheckedPayload: TensorPayload {
  package let layout: TensorLayout
  private let base: any TensorPayload
  private let name: ByteString
  private let clamps: Bool
  /// The bits of an exponent that only such numbers have.
  private let exponent: UInt32

  /// Nil where the payload is not F32, F16 or BF16.
  package init?(_ base: any TensorPayload, named name: ByteString, clamps: Bool = false) {
    switch base.layout.encoding {
    case .f32: exponent = 0x7F80_0000
    case .bf16: exponent = 0x7F80
    case .f16: exponent = 0x7C00
    default: return nil
    }
    self.layout = base.layout
    self.base = base
    self.name = name
    self.clamps = clamps
  }

  package var step: PayloadStep { .checked }

  package func heldCodes(in encoding: Encoding?) throws(FormatError) -> HeldCodes {
    try base.heldCodes(in: encoding)
  }
  package var parts: [any TensorPayload] { [base] }

  package func read(
    rows: Range<Int>, into buffer: inout MutableRawSpan, scratch: inout PayloadScratch
  ) throws(FormatError) {
    try base.read(rows: rows, into: &buffer, scratch: &scratch)
    let place = unsafe buffer.withUnsafeMutableBytes { bytes in
      exponent > 0xFFFF
        ? unsafe look(bytes, as: UInt32.self) : unsafe look(bytes, as: UInt16.self)
    }
    guard let place else { return }
    let row = rows.lowerBound + place / max(1, layout.rowLength)
    throw FormatError(
      .nonFiniteValue,
      "row \(row), column \(place % max(1, layout.rowLength)) is not a finite number",
      in: "tensor '\(name)'", hint: "--clamp makes NaN 0 and infinity the largest number")
  }

  /// The first element that is not finite and was not replaced.
  private func look<Bits: FixedWidthInteger & UnsignedInteger>(
    _ bytes: UnsafeMutableRawBufferPointer, as type: Bits.Type
  ) -> Int? {
    let size = MemoryLayout<Bits>.size
    let count = bytes.count / size
    let mask = Bits(truncatingIfNeeded: exponent)
    // Without branches, so that it runs at the speed of memory.
    var found: Bits = 0
    for index in 0..<count {
      let bits = unsafe bytes.loadUnaligned(fromByteOffset: index * size, as: Bits.self)
      found |= (bits & mask) == mask ? 1 : 0
    }
    guard found != 0 else { return nil }
    for index in 0..<count {
      let bits = unsafe bytes.loadUnaligned(fromByteOffset: index * size, as: Bits.self)
      guard bits & mask == mask else { continue }
      guard clamps else { return index }
      let sign = bits & (1 << (Bits.bitWidth - 1))
      let isNaN = bits & ~(sign | mask) != 0
      // One below the bits of infinity lies the largest number.
      let value: Bits = isNaN ? 0 : sign | (mask - 1)
      unsafe bytes.storeBytes(of: value, toByteOffset: index * size, as: Bits.self)
    }
    return nil
  }
}
