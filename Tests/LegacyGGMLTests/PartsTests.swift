import Testing
import WeighbridgeByteIO
import WeighbridgeModelIR

@testable import WeighbridgeLegacyGGML

/// Models in several files, put together again.
@Suite struct PartsTests {
  /// Writes two parts of a model of width 64 with one layer, F32, whose element (r, c) is 1000r + c.
  private func parts() -> [[UInt8]] {
    (0..<2).map { part in
      var builder = FileBuilder(LegacyLayout.llama[1], LegacyContainer(.ggml))
      builder.values["n_embd"] = 64
      builder.values["n_layer"] = 1
      builder.writeHeader()
      for name in builder.names {
        if name.contains("norm") {
          write(&builder, name, rows: 1, columns: 0..<64, isVector: true)
        } else if [
          "tok_embeddings.weight", "layers.0.attention.wo.weight",
          "layers.0.feed_forward.w2.weight",
        ].contains(name) {
          write(&builder, name, rows: 4, columns: part * 32..<part * 32 + 32)
        } else {
          write(&builder, name, rows: 2, columns: 0..<64, firstRow: part * 2)
        }
      }
      return builder.bytes
    }
  }

  private func write(
    _ builder: inout FileBuilder, _ name: String, rows: Int, columns: Range<Int>, firstRow: Int = 0,
    isVector: Bool = false
  ) {
    builder.append(isVector ? 1 : 2)
    builder.append(UInt32(name.utf8.count))
    builder.append(0)
    builder.append(UInt32(columns.count))
    if !isVector { builder.append(UInt32(rows)) }
    for byte in name.utf8 { builder.append(raw: [byte]) }
    for row in 0..<rows {
      for column in columns {
        builder.append(Float(1000 * (firstRow + row) + column).bitPattern)
      }
    }
  }

  @Test(arguments: ["m.bin", "m.bin.1"])
  func joins(opened: String) throws {
    let parts = parts()
    let tree = MemoryTree(["m.bin": parts[0], "m.bin.1": parts[1]])
    let model = try LegacyGGML.open(opened, in: tree, limits: .default)
    #expect(model.origin.files.map(\.path) == ["m.bin", "m.bin.1"])
    #expect(model.tensors.count == 12)
    for tensor in model.tensors {
      let shape = tensor.layout.shape.dimensions
      #expect(shape == (tensor.name.text.contains("norm") ? [64] : [4, 64]))
      let rows = try #require(FloatRows(tensor.payload))
      let expected = (0..<tensor.layout.rowCount).flatMap { row in
        (0..<64).map { Float(1000 * row + $0) }
      }
      #expect(try rows.read(rows: 0..<tensor.layout.rowCount) == expected, "\(tensor.name)")
      for row in 0..<tensor.layout.rowCount {
        #expect(
          try rows.read(rows: row..<row + 1) == Array(expected[row * 64..<(row + 1) * 64]))
      }
    }
  }

  @Test func refusesWhatDoesNotFit() throws {
    let parts = parts()
    func code(_ files: [String: [UInt8]]) -> FormatError.Code? {
      do {
        _ = try LegacyGGML.open("m.bin", in: MemoryTree(files), limits: .default)
        return nil
      } catch { return error.code }
    }
    #expect(code(["m.bin": parts[0]]) == .missingFile)
    var other = parts[1]
    other[36] ^= 1
    #expect(code(["m.bin": parts[0], "m.bin.1": other]) == .invalidValue)
    #expect(code(["m.bin": parts[0], "m.bin.1": Array(parts[1].dropLast())]) == .truncated)
    var single = FileBuilder(LegacyLayout.llama[1], LegacyContainer(.ggml))
    #expect(code(["m.bin": parts[0], "m.bin.1": single.writeAll()]) == .invalidValue)
  }
}
