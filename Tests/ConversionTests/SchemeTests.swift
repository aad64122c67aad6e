import TestSupport
import Testing
import WeighbridgeByteIO
import WeighbridgeCheckpoints
import WeighbridgeConversion
import WeighbridgeEncodings
import WeighbridgeFormats
import WeighbridgeJSON
import WeighbridgeModelIR

/// Schemes that share no layout with others, and blocks written in a scheme's own form.
@Suite struct SchemeTests {
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

  private static func floats(_ values: [Float]) -> [UInt8] { words(values.map(\.bitPattern)) }

  private static func floats(_ payload: any TensorPayload) throws -> [Float] {
    try #require(FloatRows(payload)).read(rows: 0..<payload.layout.rowCount)
  }

  private static func codes(_ count: Int, below bound: UInt32) -> [UInt32] {
    var state: UInt32 = bound
    return (0..<count).map { _ in
      state = state &* 1_664_525 &+ 1_013_904_223
      return (state >> 16) % bound
    }
  }

  private static func plain(_ tensors: [Tensor], _ scheme: JSONValue) throws -> Tensor {
    var model = Model(origin: ModelOrigin(format: "test"))
    model.tensors = tensors
    let plain = try QuantizedSourceRegistry.plain(model, ["quantization_config": scheme])
    #expect(plain.tensors.map(\.name) == ["a.weight"])
    return try #require(plain.tensors.first)
  }

  /// HQQ: the rows of two halves share bytes; one of three bits has ten runs in words of 32.
  @Test(arguments: [2, 3, 4]) func runsOfRowsShareWords(_ bits: Int) throws {
    let (outputs, inputs, group) = (6, 128, 64)
    let rows = outputs * inputs / group
    let codes = Self.codes(rows * group, below: 1 << UInt32(bits))
    let runs = bits == 3 ? 10 : 8 / bits
    let stored = (rows + runs - 1) / runs
    var packed = [UInt32](repeating: 0, count: stored * group)
    for (index, code) in codes.enumerated() {
      let (row, column) = (index / group, index % group)
      packed[row % stored * group + column] |= code << UInt32((runs - 1 - row / stored) * bits)
    }
    let scales = (0..<rows).map { Float($0 + 1) / 256 }
    let zeros = (0..<rows).map { Float($0) / 4 + 0.5 }
    let bytes = bits == 3 ? Self.words(packed) : packed.map { UInt8(truncatingIfNeeded: $0) }
    let weight = try Self.plain(
      [
        Self.tensor("a.W_q", [stored, group], bits == 3 ? .i32 : .u8, bytes),
        Self.tensor("a.scale", [rows, 1], .f32, Self.floats(scales)),
        Self.tensor("a.zero", [rows, 1], .f32, Self.floats(zeros)),
        Self.tensor("a.nbits", [], .i32, Self.words([UInt32(bits)])),
        Self.tensor("a.group_size", [], .i32, Self.words([UInt32(group)])),
        Self.tensor("a.axis", [], .i32, Self.words([1])),
        Self.tensor("a.shape", [2], .i32, Self.words([UInt32(outputs), UInt32(inputs)])),
      ], ["quant_method": "hqq"])
    let wanted = codes.indices.map { (Float(codes[$0]) - zeros[$0 / group]) * scales[$0 / group] }
    #expect(try Self.floats(weight.payload) == wanted)
    let part = try weight.payload.readBytes(rows: 2..<5)
    #expect(part == Self.floats(Array(wanted[2 * inputs..<5 * inputs])))
    guard case .blocks(let blocks, _) = try weight.payload.heldCodes(in: nil) else {
      Issue.record("not held")
      return
    }
    #expect(blocks.layout.encoding == .q4_1)
  }

  /// BitNet: four runs of outputs in a byte, in TQ2_0, and in TQ1_0 where that is asked for.
  @Test(arguments: ["autobitlinear", "bitlinear"]) func threeValuesAreTernary(
    _ kind: String
  ) throws {
    let (outputs, inputs) = (8, 512)
    let codes = Self.codes(outputs * inputs, below: 3)
    var packed = [UInt8](repeating: 0, count: outputs / 4 * inputs)
    for (index, code) in codes.enumerated() {
      let (row, column) = (index / inputs, index % inputs)
      packed[row % 2 * inputs + column] |= UInt8(code) << UInt8(2 * (row / 2))
    }
    let scale: Float = 0.8125
    let weight = try Self.plain(
      [
        Self.tensor("a.weight", [outputs / 4, inputs], .u8, packed),
        Self.tensor("a.weight_scale", [1], .f32, Self.floats([scale])),
      ], ["quant_method": "bitnet", "linear_class": JSONValue(kind)])
    let factor = kind == "bitlinear" ? 1 / scale : scale
    let wanted = codes.map { Float(Int($0) - 1) * factor }
    #expect(try Self.floats(weight.payload) == wanted)
    for encoding in [nil, Encoding.tq1_0] {
      switch try weight.payload.heldCodes(in: encoding) {
      case .blocks(let blocks, let error):
        #expect(error == 0 && kind == "autobitlinear")
        #expect(blocks.layout.encoding == encoding ?? .tq2_0)
        #expect(try Self.floats(blocks) == wanted)
      case .factored(let blocks, let factors):
        #expect(kind == "bitlinear" && factors == [factor])
        #expect(try Self.floats(blocks) == codes.map { Float(Int($0) - 1) })
      default: Issue.record("not held")
      }
    }
  }

  /// GPTQ in the order of activations: blocks hold the codes once inputs are in the order of groups.
  @Test func groupsOutOfOrderAreHeldInTheirOrder() throws {
    let (inputs, outputs) = (128, 8)
    let codes = Self.codes(inputs * outputs, below: 16)
    var packed = [UInt32](repeating: 0, count: inputs / 8 * outputs)
    for (index, code) in codes.enumerated() {
      let (input, output) = (index / outputs, index % outputs)
      packed[input / 8 * outputs + output] |= code << UInt32(4 * (input % 8))
    }
    let groups = (0..<inputs).map { UInt32(($0 * 37 + 5) % inputs / 32) }
    let scales = (0..<4 * outputs).map { Float($0 + 1) / 512 }
    let weight = try Self.plain(
      [
        Self.tensor("a.qweight", [inputs / 8, outputs], .i32, Self.words(packed)),
        Self.tensor(
          "a.qzeros", [4, 1], .i32, Self.words([UInt32](repeating: 0x7777_7777, count: 4))),
        Self.tensor("a.scales", [4, outputs], .f32, Self.floats(scales)),
        Self.tensor("a.g_idx", [inputs], .i32, Self.words(groups)),
      ], ["quant_method": "gptq", "bits": 4, "group_size": 32, "desc_act": true])
    guard case .reordered(let sorted, let order) = try weight.payload.heldCodes(in: nil),
      case .blocks(let blocks, let error) = try sorted.heldCodes(in: nil)
    else {
      Issue.record("not held")
      return
    }
    #expect(error == 0 && blocks.layout.encoding == .q4_0)
    #expect(order.sorted() == (0..<Int32(inputs)).map { $0 })
    let own = try Self.floats(weight.payload)
    let held = try Self.floats(blocks)
    for output in 0..<outputs {
      for (place, input) in order.enumerated() {
        #expect(held[output * inputs + place] == own[output * inputs + Int(input)])
      }
    }
  }

  /// What is not read is refused by its name, with a way on.
  @Test(arguments: ["aqlm", "vptq", "spqr", "exl2", "exl3", "higgs", "quanto"])
  func schemesWithoutAReaderAreNamed(_ method: String) throws {
    var model = Model(origin: ModelOrigin(format: "test"))
    model.tensors = []
    let error = #expect(throws: ModelError.self) {
      try QuantizedSourceRegistry.plain(
        model, ["quantization_config": ["quant_method": JSONValue(method)]])
    }
    #expect(error?.code == .unsupportedEncoding && error?.hint != nil)
    #expect(error?.message.lowercased().contains(method) == true)
  }

  /// Blocks in a scheme's own form are worth what they were, and become the same blocks again.
  @Test(
    .enabled(if: SharedData.isPresent), arguments: ["Q4_0", "Q4_1", "Q5_1", "Q8_0"],
    CodePacking.allCases)
  func codesComeBack(_ type: String, _ packing: CodePacking) throws {
    let model = try Formats.open(
      path: SharedData.path("gguf/stories260K-quantized/stories260K-\(type).gguf"))
    let export = try CheckpointExport(model, packing: packing)
    let codes = try #require(export.codes)
    // An integer zero point says what a minimum is only by chance.
    let isExact = packing == .mlx || type == "Q4_0" || type == "Q8_0"
    #expect(codes.exact.tensors > 0 || !isExact)
    #expect((codes.requantized.tensors == 0) == isExact)
    let file = try #require(export.files.first { $0.name == "config.json" })
    let plain = try QuantizedSourceRegistry.plain(
      export.model, JSONValue.parse(file.bytes, depth: 32))
    let wanted = try CheckpointExport(model, encoding: .f32)
    #expect(Set(plain.tensors.map(\.name)) == Set(wanted.model.tensors.map(\.name)))
    guard isExact else { return }
    var original: [ByteString: Tensor] = [:]
    for tensor in wanted.model.tensors { original[tensor.name] = tensor }
    for tensor in plain.tensors where tensor.payload.step == .scaled {
      let other = try #require(original[tensor.name])
      #expect(try Self.floats(tensor.payload) == Self.floats(other.payload), "\(tensor.name)")
      guard case .blocks(let blocks, let error) = try tensor.payload.heldCodes(in: nil) else {
        Issue.record("\(tensor.name) is not held")
        continue
      }
      #expect(error == 0)
      #expect(try Self.floats(blocks) == Self.floats(other.payload), "\(tensor.name)")
    }
  }
}
