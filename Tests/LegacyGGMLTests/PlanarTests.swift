import TestSupport
import Testing
import WeighbridgeByteIO
import WeighbridgeEncodings
import WeighbridgeModelIR

@testable import WeighbridgeLegacyGGML

/// The first days of llama.cpp, when a row held all its scales before all its nibbles (GGML-18).
@Suite struct PlanarTests {
  private static let width = 96
  private static let blocks = 3

  private func bytes(_ value: Float) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * UInt32($0))) }
  }

  /// Scale, offset and code of an element, by rules of the test's own.
  private func scale(_ row: Int, _ block: Int) -> Float { 0.01 * Float(1 + row * 7 + block) }
  private func offset(_ row: Int, _ block: Int) -> Float { -0.5 + 0.03 * Float(row + 2 * block) }
  private func code(_ row: Int, _ column: Int) -> Int { (row * 5 + column * 11 + 3) % 16 }

  /// A row as the first programs wrote it, or as the later ones did.
  private func row(_ row: Int, type: UInt32, inPlanes: Bool) -> [UInt8] {
    let scales = (0..<Self.blocks).map { bytes(scale(row, $0)) }
    let offsets = (0..<Self.blocks).map { bytes(offset(row, $0)) }
    let codes = (0..<Self.blocks).map { block in
      (0..<16).map { byte in
        let column = block * 32 + 2 * byte
        return UInt8(code(row, column) | code(row, column + 1) << 4)
      }
    }
    if inPlanes {
      // Q4_1 had the minimums first.
      return ((type == 3 ? offsets : []) + scales + codes).flatMap { $0 }
    }
    return (0..<Self.blocks).flatMap { block in
      scales[block] + (type == 3 ? offsets[block] : []) + codes[block]
    }
  }

  private func value(_ type: UInt32, _ row: Int, _ column: Int) -> Float {
    let block = column / 32
    let code = Float(code(row, column))
    return type == 2
      ? (code - 8) * scale(row, block) : code * scale(row, block) + offset(row, block)
  }

  private func file(
    type: UInt32, inPlanes: Bool, rows: Int = 6, isZero: Bool = false
  ) -> [UInt8] {
    var builder = FileBuilder(LegacyLayout.llama[1], LegacyContainer(.ggml))
    builder.values["n_embd"] = UInt32(Self.width)
    builder.values["n_layer"] = 1
    builder.writeHeader()
    for name in builder.names {
      let isVector = name.contains("norm")
      let sizes = isVector ? [UInt32(Self.width)] : [UInt32(Self.width), UInt32(rows)]
      builder.append(UInt32(sizes.count))
      builder.append(UInt32(name.utf8.count))
      builder.append(isVector ? 0 : type)
      for size in sizes { builder.append(size) }
      builder.append(raw: Array(name.utf8))
      if isVector {
        for index in 0..<Self.width { builder.append(Float(index).bitPattern) }
      } else {
        for index in 0..<rows {
          let bytes = row(index, type: type, inPlanes: inPlanes)
          builder.append(raw: isZero ? bytes.map { _ in 0 } : bytes)
        }
      }
    }
    return builder.bytes
  }

  @Test(arguments: [UInt32(2), 3], [false, true])
  func reads(type: UInt32, inPlanes: Bool) throws {
    let tree = MemoryTree(["m.bin": file(type: type, inPlanes: inPlanes)])
    let model = try LegacyGGML.open("m.bin", in: tree, limits: .default)
    #expect(model.metadata["ggml.blocks"]?.string?.text == (inPlanes ? "planes" : "pairs"))
    let matrices = model.tensors.filter { $0.layout.shape.dimensions.count == 2 }
    #expect(matrices.count == 9)
    for tensor in matrices {
      let rows = try #require(FloatRows(tensor.payload))
      let expected = (0..<6).flatMap { row in
        (0..<Self.width).map { value(type, row, $0) }
      }
      #expect(try rows.read(rows: 0..<6) == expected)
      #expect(try rows.read(rows: 2..<3) == Array(expected[2 * Self.width..<3 * Self.width]))
    }
  }

  /// Zero weights say nothing of their order; they are of the order that all but the first files have.
  @Test func zerosArePairs() throws {
    let tree = MemoryTree(["m.bin": file(type: 2, inPlanes: true, isZero: true)])
    let model = try LegacyGGML.open("m.bin", in: tree, limits: .default)
    #expect(model.metadata["ggml.blocks"]?.string?.text == "pairs")
  }
}
