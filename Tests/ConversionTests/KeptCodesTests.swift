import TestSupport
import Testing
import WeighbridgeByteIO
import WeighbridgeCheckpoints
import WeighbridgeConversion
import WeighbridgeEncodings
import WeighbridgeFormats
import WeighbridgeJSON
import WeighbridgeModelIR

/// Integers of quantized checkpoints in blocks: every one as it was.
@Suite struct KeptCodesTests {
  private struct Random {
    var state: UInt32
    mutating func next(_ bound: UInt32) -> UInt32 {
      state = state &* 1_664_525 &+ 1_013_904_223
      return (state >> 16) % bound
    }
  }

  private static func tensor(
    _ name: String, _ shape: [Int], _ encoding: Encoding, _ bytes: [UInt8]
  ) throws -> Tensor {
    let dimensions = try #require(TensorShape(shape))
    let layout = try #require(TensorLayout(dimensions, encoding))
    let payload = try #require(MemoryPayload(layout, bytes))
    return Tensor(name: ByteString(name), payload: payload)
  }

  private static func words(_ values: [UInt32]) -> [UInt8] {
    values.flatMap { value in (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
  }

  private static func halves(_ values: [Float]) -> [UInt8] {
    values.flatMap { value -> [UInt8] in
      let bits = Float16(value).bitPattern
      return [UInt8(bits & 0xFF), UInt8(bits >> 8)]
    }
  }

  private static func floats(_ payload: any TensorPayload) throws -> [Float] {
    try #require(FloatRows(payload)).read(rows: 0..<payload.layout.rowCount)
  }

  /// Codes along the inputs as one stream of bits a row.
  private static func packed(_ codes: [UInt32], perRow: Int, bits: Int) -> [UInt32] {
    var words: [UInt32] = []
    for start in stride(from: 0, to: codes.count, by: perRow) {
      var row = [UInt32](repeating: 0, count: (perRow * bits + 31) / 32)
      for (index, code) in codes[start..<start + perRow].enumerated() {
        let bit = index * bits
        row[bit / 32] |= code << UInt32(bit % 32)
        if bit % 32 + bits > 32 { row[bit / 32 + 1] |= code >> UInt32(32 - bit % 32) }
      }
      words += row
    }
    return words
  }

  /// What MLX's affine codes are worth, for any bits and group, against blocks.
  @Test(arguments: [2, 3, 4, 5]) func affineCodesBecomeBlocksWithMinimums(_ bits: Int) throws {
    var random = Random(state: UInt32(bits))
    let (rows, inputs, group) = (5, 192, 64)
    let codes = (0..<rows * inputs).map { _ in random.next(1 << UInt32(bits)) }
    let scales = (0..<rows * inputs / group).map { _ in Float(random.next(900) + 100) / 65536 }
    let biases = scales.map { -$0 * Float(random.next(8)) }
    var model = Model(origin: ModelOrigin(format: "test"))
    let groups = inputs / group
    model.tensors = [
      try Self.tensor(
        "a.weight", [rows, inputs * bits / 32], .u32,
        Self.words(Self.packed(codes, perRow: inputs, bits: bits))),
      try Self.tensor("a.scales", [rows, groups], .f16, Self.halves(scales)),
      try Self.tensor("a.biases", [rows, groups], .f16, Self.halves(biases)),
    ]
    let plain = try QuantizedSourceRegistry.plain(
      model, ["quantization": ["group_size": 64, "bits": .integer(bits)]])
    let weight = try #require(plain.tensors.first)
    #expect(plain.tensors.count == 1 && weight.name == "a.weight")
    let wanted = codes.indices.map {
      Float(codes[$0]) * Float(Float16(scales[$0 / group])) + Float(Float16(biases[$0 / group]))
    }
    #expect(try Self.floats(weight.payload) == wanted)
    guard case .blocks(let blocks, let error) = try weight.payload.heldCodes(in: nil) else {
      Issue.record("not held")
      return
    }
    #expect(error == 0)
    #expect(blocks.layout.encoding == (bits == 5 ? .q5_1 : .q4_1))
    #expect(try Self.floats(blocks) == wanted)
    #expect(
      try blocks.readBytes(rows: 2..<4)
        == Array(
          try blocks.readBytes(rows: 0..<rows)[
            2 * blocks.layout.bytesPerRow..<4 * blocks.layout.bytesPerRow]))
  }

  private struct Grid: CustomTestStringConvertible {
    let bits: Int
    let group: Int
    let zeros: ClosedRange<UInt32>
    let encoding: Encoding?
    var testDescription: String { "\(bits) bits, groups of \(group), zeros \(zeros)" }
  }

  /// Codes less their zero points, by inputs as compared to the smallest block that can hold them.
  @Test(arguments: [
    Grid(bits: 4, group: 32, zeros: 8...8, encoding: .q4_0),
    Grid(bits: 4, group: 128, zeros: 8...8, encoding: .q4_0),
    Grid(bits: 4, group: 64, zeros: 3...12, encoding: .q4_1),
    Grid(bits: 4, group: 512, zeros: 3...12, encoding: .q4_K),
    Grid(bits: 2, group: 512, zeros: 0...3, encoding: .q2_K),
    Grid(bits: 2, group: 128, zeros: 1...1, encoding: .q2_0),
    Grid(bits: 2, group: 32, zeros: 2...2, encoding: .q4_0),
    Grid(bits: 8, group: 32, zeros: 128...128, encoding: .q8_0),
    Grid(bits: 8, group: 32, zeros: 100...140, encoding: nil),
    Grid(bits: 4, group: 16, zeros: 8...8, encoding: nil),
  ])
  private func groupsBecomeTheSmallestBlocks(_ grid: Grid) throws {
    var random = Random(state: UInt32(grid.bits * grid.group))
    let (outputs, inputs) = (8, 512)
    let groups = inputs / grid.group
    let codes = (0..<outputs * inputs).map { _ in random.next(1 << UInt32(grid.bits)) }
    let zeros = (0..<outputs * groups).map { _ in
      grid.zeros.lowerBound + random.next(UInt32(grid.zeros.count))
    }
    let scales = (0..<outputs * groups).map { _ in Float(random.next(900) + 100) / 65536 }
    // compressed-tensors: codes along the inputs, zero points along the outputs.
    let perWord = 32 / grid.bits
    var points = [UInt32](
      repeating: 0, count: (outputs * grid.bits + 31) / 32 * groups)
    for output in 0..<outputs {
      for index in 0..<groups {
        points[output / perWord * groups + index] |=
          zeros[output * groups + index] << UInt32(output % perWord * grid.bits)
      }
    }
    var model = Model(origin: ModelOrigin(format: "test"))
    model.tensors = [
      try Self.tensor(
        "a.weight_packed", [outputs, inputs / perWord], .i32,
        Self.words(Self.packed(codes, perRow: inputs, bits: grid.bits))),
      try Self.tensor("a.weight_scale", [outputs, groups], .f16, Self.halves(scales)),
      try Self.tensor(
        "a.weight_zero_point", [points.count / groups, groups], .i32, Self.words(points)),
    ]
    let weights: JSONValue = [
      "num_bits": .integer(grid.bits), "type": "int", "group_size": .integer(grid.group),
    ]
    let scheme: JSONValue = [
      "quant_method": "compressed-tensors", "format": "pack-quantized",
      "config_groups": ["group_0": ["weights": weights]],
    ]
    let plain = try QuantizedSourceRegistry.plain(model, ["quantization_config": scheme])
    let weight = try #require(plain.tensors.first)
    let wanted = codes.indices.map { index -> Float in
      let place = index / inputs * groups + index % inputs / grid.group
      return Float(Int(codes[index]) - Int(zeros[place])) * Float(Float16(scales[place]))
    }
    #expect(try Self.floats(weight.payload) == wanted)
    let held = try weight.payload.heldCodes(in: nil)
    guard let encoding = grid.encoding else {
      guard case .unheld = held else {
        Issue.record("held")
        return
      }
      return
    }
    guard case .blocks(let blocks, let error) = held else {
      Issue.record("\(held)")
      return
    }
    #expect(blocks.layout.encoding == encoding)
    if encoding == .q4_1 {
      // The minimum is rounded, and nothing else.
      #expect(error > 0 && error <= 0x1p-11)
      for (found, value) in zip(try Self.floats(blocks), wanted) {
        #expect(abs(found - value) <= 0x1p-10 * 15 * 0.02)
      }
    } else {
      #expect(error == 0)
      #expect(try Self.floats(blocks) == wanted)
    }
  }

  /// Checkpoints by the libraries themselves: what is kept is worth what the library says it is.
  @Test(
    .enabled(if: SharedData.isPresent),
    arguments: [
      ("gptq-w4-g32", Encoding.q4_0), ("gptq-w8-g32", .q8_0), ("gptq-w4-g32-asym", .q4_1),
      ("awq-gemm-w4-g32", .q4_1), ("ct-w4a16-g32", .q4_0), ("ct-w8a8-int8", .q8_0),
      ("ct-mxfp4a16", .mxfp4), ("bnb-int8", .q8_0), ("ct-nvfp4a16", .nvfp4),
    ])
  func checkpointsKeepTheirCodes(_ folder: String, _ encoding: Encoding) throws {
    // The folders have no tokenizer: that of the model which they were made of is put beside them.
    let copy = try TemporaryFolder()
    let source = SharedData.path("quantized-sources/\(folder)")
    for name in TestFiles.names(in: source) where !name.hasSuffix(".st") {
      let file = try FileSource(path: source + "/" + name)
      _ = try copy.write(file.readPrefix(1 << 24), to: name)
    }
    let tokenizer = try FileSource(
      path: SharedData.path("models/stories260K-llama2c/tok512.model"))
    _ = try copy.write(tokenizer.readPrefix(1 << 24), to: "tokenizer.model")
    let model = try Formats.open(path: copy.path)
    let plan = try Converter.plan(model, ConversionOptions())
    let kept = plan.rows.filter { $0.codes != nil }
    #expect(!kept.isEmpty)
    let summary = try #require(plan.codeSummary)
    #expect(summary.requantized.tensors == 0, "\(folder)")
    #expect(kept.contains { $0.encoding == encoding }, "\(folder): \(kept.map(\.encoding.name))")
    #expect(summary.largestScaleError <= 0x1p-11)
    let single = try Converter.plan(model, ConversionOptions(recipe: .f32))
    for (row, tensor) in zip(plan.rows, plan.model.tensors) where row.codes != nil {
      let plain = try #require(single.model.tensors.first { $0.name == tensor.name })
      let wanted = try Self.floats(plain.payload)
      var found = try Self.floats(tensor.payload)
      let name = ByteString(tensor.name.bytes.dropLast(6) + Array("scale".utf8))
      if let scale = plan.model.tensors.first(where: { $0.name == name }) {
        let factors = try Self.floats(scale.payload)
        let factor = try #require(factors.first)
        found = found.map { $0 * factor }
      }
      let largest = wanted.map(abs).max() ?? 0
      for (left, right) in zip(found, wanted) {
        let isExact = row.codes == .exact && row.encoding != .nvfp4
        #expect(isExact ? left == right : abs(left - right) <= largest * 0x1p-10)
      }
    }
  }
}
