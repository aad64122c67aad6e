/// One row an encoding: where its fields lie, which belong together, and what is put back together.
extension PlanarTransform {
  /// The row of an encoding with blocks of this size.
  static func row(_ name: String, blockBytes: Int) -> PlanarTransform? {
    rows[name].flatMap { $0.blockBytes == blockBytes ? $0 : nil }
  }

  private static let rows = Dictionary(
    uniqueKeysWithValues: table.map { ($0.name, $0) })

  /// All rows.
  static let table: [PlanarTransform] = numbers + simpleBlocks + superBlocks + codebooks

  private static let numbers: [PlanarTransform] = [
    row("BF16", 2, form: .halves) { $0.half(at: 0) },
    row("F16", 2, form: .halves) { $0.half(at: 0) },
    // The sign next to the exponent's end, as in BF16: what holds BF16's values costs what BF16 costs.
    row("F32", 4, form: .singles) {
      $0.half(at: 2)
      $0.bytes(1, 1)
      $0.bytes(0, 1)
    },
    row("F64", 8) {
      $0.half(at: 6)
      for byte in (0..<6).reversed() { $0.bytes(byte, 1) }
    },
    integers("I16", 2), integers("U16", 2), integers("I32", 4), integers("U32", 4),
    integers("I64", 8), integers("U64", 8),
  ]

  private static func integers(_ name: String, _ width: Int) -> PlanarTransform {
    row(name, width) { for byte in (0..<width).reversed() { $0.bytes(byte, 1) } }
  }

  private static let simpleBlocks: [PlanarTransform] = [
    row("Q4_0", 18) {
      $0.half(at: 0)
      $0.bytes(2, 16)
    },
    row("Q4_1", 20) {
      $0.halves(at: 0, 2)
      $0.bytes(4, 16)
      $0.sort(perBlock: 1, levels: 15, adds: true)
    },
    row("Q5_0", 22) {
      $0.half(at: 0)
      $0.fiveBits(fifth: 2, nibbles: 6)
    },
    row("Q5_1", 24) {
      $0.halves(at: 0, 2)
      $0.fiveBits(fifth: 4, nibbles: 8)
      $0.sort(perBlock: 1, levels: 31, adds: true)
    },
    row("Q8_0", 34) {
      $0.half(at: 0)
      $0.bytes(2, 32)
    },
    row("Q8_1", 36) {
      $0.halves(at: 0, 2)
      $0.bytes(4, 32)
    },
    row("IQ4_NL", 18) {
      $0.half(at: 0)
      $0.bytes(2, 16)
    },
    row("MXFP4", 17) {
      $0.bytes(0, 1)
      $0.bytes(1, 16)
    },
    row("NVFP4", 36) {
      $0.bytes(0, 4)
      $0.bytes(4, 32)
    },
    row("Q1_0", 18) {
      $0.half(at: 0)
      $0.bytes(2, 16)
    },
    row("Q2_0", 18) {
      $0.half(at: 0)
      $0.bytes(2, 16)
    },
  ]

  private static let superBlocks: [PlanarTransform] = [
    row("Q2_K", 84) { $0.twoBitSuperBlock() },
    row("Q3_K", 110) { $0.threeBitSuperBlock() },
    row("Q4_K", 144) { $0.fourBitSuperBlock() },
    row("Q5_K", 176) { $0.fiveBitSuperBlock() },
    row("Q6_K", 210) { $0.sixBitSuperBlock() },
    row("IQ4_XS", 136) { $0.unevenSuperBlock() },
    row("TQ1_0", 54) {
      $0.half(at: 52)
      $0.bytes(0, 52)
    },
    row("TQ2_0", 66) {
      $0.half(at: 64)
      $0.bytes(0, 64)
    },
  ]

  /// Codes are indices of entries, and bytes are what they are made of.
  private static let codebooks: [PlanarTransform] = [
    row("IQ2_XXS", 66) {
      $0.half(at: 0)
      $0.bytes(2, 64)
    },
    row("IQ2_XS", 74) {
      $0.half(at: 0)
      $0.bytes(2, 64)
      $0.bytes(66, 8)
    },
    row("IQ2_S", 82) {
      $0.half(at: 0)
      $0.bytes(2, 64)
      $0.bytes(66, 8)
      $0.bytes(74, 8)
    },
    row("IQ3_XXS", 98) {
      $0.half(at: 0)
      $0.bytes(2, 64)
      $0.bytes(66, 32)
    },
    row("IQ3_S", 110) {
      $0.half(at: 0)
      $0.bytes(2, 64)
      $0.bytes(66, 8)
      $0.bytes(74, 32)
      $0.bytes(106, 4)
    },
    row("IQ1_S", 50) {
      $0.half(at: 0)
      $0.bytes(2, 32)
      $0.bytes(34, 16)
    },
    row("IQ1_M", 56) {
      $0.bytes(0, 32)
      $0.bytes(32, 16)
      $0.bytes(48, 8)
    },
  ]

  private static func row(
    _ name: String, _ blockBytes: Int, form: Form = .runs, _ fields: (inout PlanarFields) -> Void
  ) -> PlanarTransform {
    var builder = PlanarFields()
    fields(&builder)
    return PlanarTransform(
      name, blockBytes: blockBytes, planes: builder.planes, runs: builder.runs,
      order: builder.order, form: form)
  }
}
