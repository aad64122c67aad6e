import TestSupport
import Testing
import WeighbridgeByteIO
import WeighbridgeEncodings
import WeighbridgeGGUF
import WeighbridgeModelIR

@testable import WeighbridgeConversion

/// Files with rows that were interleaved for certain CPUs, in today's form (ENC-60).
@Suite struct SeparatedRowsTests {
  private static let types = Encoding.all.filter { $0.interleaving != nil }

  /// Rows of random blocks, and the same mixed by the rule read forwards.
  private func rows(
    _ type: Encoding, count: Int, columns: Int
  ) throws -> (plain: [UInt8], mixed: [UInt8]) {
    let mix = try #require(type.interleaving)
    var generator = SeededGenerator(seed: 11)
    let plain = (0..<count * columns * 18).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
    var mixed: [UInt8] = []
    for group in 0..<count / mix.rows {
      for column in 0..<columns {
        let blocks = (0..<mix.rows).map { row in
          let start = ((group * mix.rows + row) * columns + column) * 18
          return Array(plain[start..<start + 18])
        }
        for block in blocks { mixed += block[..<2] }
        for chunk in 0..<16 / mix.chunkBytes {
          for block in blocks {
            let start = 2 + chunk * mix.chunkBytes
            mixed += block[start..<start + mix.chunkBytes].map { $0 ^ mix.flippedBits }
          }
        }
      }
    }
    return (plain, mixed)
  }

  private func model(_ type: Encoding, _ bytes: [UInt8]) throws -> Model {
    let shape = try #require(TensorShape([24, 96]))
    let layout = try #require(TensorLayout(shape, type))
    let extent = try #require(
      ByteExtent(offset: 0, byteCount: UInt64(bytes.count), within: UInt64(bytes.count)))
    let payload = try #require(SourcePayload(layout, in: MemorySource(bytes), extent))
    var model = Model(origin: ModelOrigin(format: "GGUF", version: "3", files: []))
    model.metadata["general.architecture"] = .string("llama")
    model.metadata["general.file_type"] = .uint32(33)
    model.tensors = [Tensor(name: "blk.0.attn_q.weight", payload: payload)]
    return model
  }

  @Test func everyOneSeparates() throws {
    for type in Self.types {
      let (plain, mixed) = try rows(type, count: 24, columns: 3)
      let opened = try model(type, mixed)
      let plan = try Converter.plan(opened, ConversionOptions())
      let base = try #require(type.interleaving).base
      #expect(plan.rows.map(\.encoding) == [base])
      #expect(plan.rows.map(\.sourceEncoding) == [type])
      #expect(plan.model.metadata["general.file_type"]?.integer == 2)
      let payload = plan.model.tensors[0].payload
      #expect(try payload.readBytes(rows: 0..<24) == plain, "\(type.name)")
      let width = payload.layout.bytesPerRow
      for range in [0..<1, 3..<4, 5..<19, 23..<24] {
        #expect(
          try payload.readBytes(rows: range)
            == Array(plain[range.lowerBound * width..<range.upperBound * width]))
      }
      #expect(try GGUF.layOut(plan.model).payloadOffsets.count == 1)
    }
  }

  /// Without a type every encoding of a GGUF file stays, and so does the order of its tensors.
  @Test func whatIsInBlocksStays() throws {
    let type = try #require(Self.types.first)
    var opened = try model(type, rows(type, count: 24, columns: 3).mixed)
    let floats = try #require(MemoryPayload([1, 2, 3]))
    opened.tensors.insert(Tensor(name: "output_norm.weight", payload: floats), at: 1)
    opened.metadata["split.no"] = .uint16(0)
    let plan = try Converter.plan(opened, ConversionOptions())
    #expect(plan.model.tensors.map(\.name) == ["blk.0.attn_q.weight", "output_norm.weight"])
    #expect(plan.recipe == "Q4_0" && plan.model.metadata["split.no"] == nil)
  }
}
