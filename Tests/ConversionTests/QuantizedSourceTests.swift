import TestSupport
import Testing
import WeighbridgeByteIO
import WeighbridgeCheckpoints
import WeighbridgeConversion
import WeighbridgeEncodings
import WeighbridgeFormats
import WeighbridgeJSON
import WeighbridgeModelIR

/// Checkpoints of quantized weights, as plain weights.
@Suite struct QuantizedSourceTests {
  private static let folders = TestFiles.names(in: SharedData.path("quantized-sources"))
    .filter { !$0.hasPrefix("_") && $0 != "SOURCE.txt" }

  private static func floats(_ tensor: Tensor) throws -> [Float] {
    try #require(FloatRows(tensor.payload)).read(rows: 0..<tensor.layout.rowCount)
  }

  /// Rounded as the library's own arithmetic rounds that wrote the reference.
  private static func rounded(_ values: [Float], _ folder: String) -> [Float] {
    func through(_ encoding: Encoding) -> [Float] {
      var bytes = [UInt8](repeating: 0, count: values.count * encoding.bytesPerBlock)
      var span = bytes.mutableSpan
      var raw = unsafe span.mutableBytes
      encoding.encoder?.encode(
        values.span, rowLength: values.count, importance: nil, into: &raw)
      var floats = [Float](repeating: 0, count: values.count)
      var target = floats.mutableSpan
      unsafe encoding.decoder?.decode(bytes.span.bytes, into: &target)
      return floats
    }
    if folder.hasPrefix("bnb-"), folder != "bnb-int8" { return through(.f16) }
    return folder.hasPrefix("ct-") ? through(.bf16) : values
  }

  /// Layer 0 of the same checkpoint, dequantized by the library that wrote it.
  @Test(.enabled(if: SharedData.isPresent), arguments: folders)
  func weightsAreThoseOfTheLibrary(_ folder: String) throws {
    let path = SharedData.path("quantized-sources/\(folder)")
    let model = try Formats.open(path: path)
    let configuration = try JSONValue.read(FileSource(path: path + "/config.json"))
    let plain = try QuantizedSourceRegistry.plain(model, configuration)
    #expect(plain.tensors.count { $0.name.hasSuffix("proj.weight") } == 35)
    #expect(plain.tensors.allSatisfy { FloatRows($0.payload) != nil })
    let reference = path + "/reference_dequant.layer0.f32.st"
    guard let expected = try? Formats.open(path: reference) else {
      print("SKIPPED: \(folder): there is no reference")
      return
    }
    #expect(expected.tensors.count == 7)
    for tensor in expected.tensors {
      let stem = tensor.name.hasSuffix(".weight") ? "" : ".weight"
      let found = try #require(
        plain.tensors.first { $0.name.hasSuffix(ByteString(tensor.name.text + stem)) })
      #expect(found.layout.shape == tensor.layout.shape)
      let values = Self.rounded(try Self.floats(found), folder)
      #expect(values == (try Self.floats(tensor)), "\(folder): \(tensor.name)")
      // A part of the rows is the part of the whole.
      let part = try found.payload.readBytes(rows: 3..<11)
      let whole = try found.payload.readBytes(rows: 0..<found.layout.rowCount)
      let size = found.layout.bytesPerRow
      #expect(part == Array(whole[3 * size..<11 * size]), "\(folder): \(tensor.name)")
    }
  }

  private static func tensor(
    _ name: String, _ shape: [Int], _ encoding: Encoding, _ bytes: [UInt8]
  ) throws -> Tensor {
    let dimensions = try #require(TensorShape(shape))
    let layout = try #require(TensorLayout(dimensions, encoding))
    return Tensor(
      name: ByteString(name), payload: try #require(MemoryPayload(layout, bytes)))
  }

  private static func words(_ values: [UInt32]) -> [UInt8] {
    values.flatMap { value in (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
  }

  /// AutoGPTQ's packing of three bits: 32 codes in three words, the tenth and the twenty-first cut in two.
  private static func threeBits(_ codes: [UInt32]) -> [UInt32] {
    var words: [UInt32] = []
    for start in stride(from: 0, to: codes.count, by: 32) {
      let c = Array(codes[start..<start + 32])
      var (a, b, d): (UInt32, UInt32, UInt32) = (0, 0, 0)
      for index in 0..<10 { a |= c[index] << UInt32(3 * index) }
      a |= c[10] << 30
      b |= (c[10] >> 2) & 1
      for index in 0..<10 { b |= c[11 + index] << UInt32(3 * index + 1) }
      b |= c[21] << 31
      d |= (c[21] >> 1) & 3
      for index in 0..<10 { d |= c[22 + index] << UInt32(3 * index + 2) }
      words += [a, b, d]
    }
    return words
  }

  /// GPTQ of three bits, which llama.cpp's converter refuses: 64 inputs, 32 outputs, two groups.
  @Test func threeBitsCrossWords() throws {
    let (inputs, outputs) = (64, 32)
    var state: UInt32 = 7
    func next() -> UInt32 {
      state = state &* 1_664_525 &+ 1_013_904_223
      return state >> 24
    }
    let codes = (0..<inputs * outputs).map { _ in next() & 7 }
    let zeros = (0..<2 * outputs).map { _ in next() & 7 }
    let scales = (0..<2 * outputs).map { _ in Float(next() + 1) / 512 }
    // Codes of a column are packed below each other: column by column, then turned.
    let columns = (0..<outputs).map { output in
      Self.threeBits((0..<inputs).map { codes[$0 * outputs + output] })
    }
    let packed = (0..<inputs * 3 / 32).flatMap { word in columns.map { $0[word] } }
    let points = (0..<2).flatMap { group in
      Self.threeBits(Array(zeros[group * outputs..<(group + 1) * outputs]))
    }
    var model = Model(origin: ModelOrigin(format: "test"))
    model.tensors = [
      try Self.tensor("a.qweight", [6, outputs], .i32, Self.words(packed)),
      try Self.tensor("a.qzeros", [2, 3], .i32, Self.words(points)),
      try Self.tensor(
        "a.scales", [2, outputs], .f32, Self.words(scales.map(\.bitPattern))),
    ]
    let configuration: JSONValue = [
      "quantization_config": ["quant_method": "gptq", "bits": 3, "group_size": 32]
    ]
    let plain = try QuantizedSourceRegistry.plain(model, configuration)
    #expect(plain.tensors.map(\.name) == ["a.weight"])
    let weights = try Self.floats(plain.tensors[0])
    for output in 0..<outputs {
      for input in 0..<inputs {
        let place = input / 32 * outputs + output
        let wanted =
          Float(Int(codes[input * outputs + output]) - Int(zeros[place]) - 1) * scales[place]
        #expect(weights[output * inputs + input] == wanted)
      }
    }
  }

  /// Eight-bit integers with one scale for the whole weight, for a row, and with zero points.
  @Test func integersOfEightBitsHaveTheirScales() throws {
    let codes: [Int8] = [-128, -3, 0, 127, 5, -7]
    let weight = try Self.tensor("a.weight", [2, 3], .i8, codes.map { UInt8(bitPattern: $0) })
    let zeros = try Self.tensor("a.weight_zero_point", [2, 1], .i8, [2, 0xFF])
    let whole = try Self.tensor(
      "a.weight_scale", [1], .f32, Self.words([Float(0.5).bitPattern]))
    let rows = try Self.tensor(
      "a.weight_scale", [2, 1], .f32, Self.words([Float(0.5), 0.25].map(\.bitPattern)))
    let cases: [(tensors: [Tensor], wanted: [Float])] = [
      ([weight, whole], [-64, -1.5, 0, 63.5, 2.5, -3.5]),
      ([weight, rows], [-64, -1.5, 0, 31.75, 1.25, -1.75]),
      ([weight, rows, zeros], [-65, -2.5, -1, 32, 1.5, -1.5]),
    ]
    let scheme: JSONValue = [
      "quant_method": "compressed-tensors", "format": "int-quantized",
      "config_groups": ["group_0": ["weights": ["num_bits": 8, "type": "int"]]],
    ]
    for (tensors, wanted) in cases {
      var model = Model(origin: ModelOrigin(format: "test"))
      model.tensors = tensors
      let plain = try QuantizedSourceRegistry.plain(model, ["quantization_config": scheme])
      #expect(plain.tensors.map(\.name) == ["a.weight"])
      #expect(try Self.floats(plain.tensors[0]) == wanted)
    }
  }

  /// Parts that contradict each other are errors that name the tensor.
  @Test func partsThatDoNotFitAreRefused() throws {
    func attempt(_ scheme: JSONValue, _ tensors: [Tensor]) -> ModelError? {
      var model = Model(origin: ModelOrigin(format: "test"))
      model.tensors = tensors
      return #expect(throws: ModelError.self) {
        try QuantizedSourceRegistry.plain(model, ["quantization_config": scheme])
      }
    }
    let gptq: JSONValue = ["quant_method": "gptq", "bits": 4, "group_size": 32]
    let codes = try Self.tensor(
      "a.qweight", [4, 8], .i32, Self.words(.init(repeating: 0, count: 32)))
    let zeros = try Self.tensor("a.qzeros", [1, 1], .i32, Self.words([0]))
    let scales = try Self.tensor("a.scales", [1, 8], .f32, [UInt8](repeating: 0, count: 32))
    let few = try Self.tensor("a.scales", [1, 4], .f32, [UInt8](repeating: 0, count: 16))
    let wild = try Self.tensor(
      "a.g_idx", [32], .i32, Self.words((0..<32).map { $0 == 9 ? 1 << 30 : 0 }))
    #expect(attempt(gptq, [codes, zeros])?.code == .missingTensor)
    #expect(attempt(gptq, [codes, zeros, few])?.code == .shapeMismatch)
    #expect(attempt(gptq, [codes, zeros, scales, wild])?.code == .shapeMismatch)
    #expect(
      attempt(["quant_method": "gptq", "bits": 5], [codes, zeros, scales])?.code
        == .unsupportedEncoding)
    let empty = try Self.tensor("a.qweight", [1 << 61, 0], .i32, [])
    #expect(attempt(gptq, [empty, zeros, scales])?.code == .shapeMismatch)
    #expect(attempt(["quant_method": "aqlm"], [codes])?.code == .unsupportedEncoding)
  }
}
