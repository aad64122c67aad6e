import TestSupport
import Testing
import WeighbridgeByteIO
import WeighbridgeConversion
import WeighbridgeEncodings
import WeighbridgeFormats
import WeighbridgeModelIR

/// Plain weights that lie on a grid, and ordinary ones.
@Suite struct GridDetectionTests {
  /// Matrices of the trained model.
  private static func matrices() throws -> [Tensor] {
    let model = try Formats.open(path: SharedData.fixture("models/jargon-llama"))
    return model.tensors.filter { $0.layout.shape.dimensions.count == 2 }
  }

  private static func floats(_ payload: any TensorPayload) throws -> [Float] {
    try #require(FloatRows(payload)).read(rows: 0..<payload.layout.rowCount)
  }

  private static func encoded(
    _ values: [Float], as encoding: Encoding, rowLength: Int
  ) throws -> [UInt8] {
    var bytes = [UInt8](
      repeating: 0, count: values.count / encoding.elementsPerBlock * encoding.bytesPerBlock)
    var span = bytes.mutableSpan
    var raw = unsafe span.mutableBytes
    let encoder = try #require(encoding.encoder)
    encoder.encode(values.span, rowLength: rowLength, importance: nil, into: &raw)
    return bytes
  }

  private static func payload(
    _ bytes: [UInt8], _ shape: TensorShape, _ encoding: Encoding
  ) throws -> any TensorPayload {
    let layout = try #require(TensorLayout(shape, encoding))
    return try #require(MemoryPayload(layout, bytes))
  }

  /// The weights in blocks, then in a checkpoint's type, then found again: the bytes of the blocks.
  @Test(arguments: [Encoding.q4_0, .q4_1, .q8_0], [Encoding.bf16, .f16])
  func blocksComeBack(_ encoding: Encoding, _ stored: Encoding) throws {
    for tensor in try Self.matrices().prefix(6) {
      let shape = tensor.layout.shape
      let blocks = try Self.encoded(
        try Self.floats(tensor.payload), as: encoding, rowLength: shape.rowLength)
      let dequantized = try Self.floats(try Self.payload(blocks, shape, encoding))
      let plain = try Self.payload(
        try Self.encoded(dequantized, as: stored, rowLength: shape.rowLength), shape, stored)
      guard
        case .blocks(let found, _) = try GridDetection.find(
          Tensor(name: tensor.name, payload: plain))
      else {
        Issue.record("\(tensor.name): not found")
        continue
      }
      #expect(found.layout.encoding == encoding)
      let bytes = try found.readBytes(rows: 0..<found.layout.rowCount)
      // Scales may be another half that rounds to the same numbers; codes may not.
      let width = encoding == .q4_1 ? 4 : 2
      let size = encoding.bytesPerBlock
      let differing = stride(from: 0, to: blocks.count, by: size).count { start in
        bytes[start + width..<start + size] != blocks[start + width..<start + size]
      }
      #expect(differing == 0, "\(tensor.name): \(differing) blocks of other codes")
    }
  }

  /// Four bits, a scale for 128 neighbours that is no half.
  @Test(arguments: [Encoding.bf16, .f16]) func largeGroupsKeepTheirCodes(
    _ stored: Encoding
  ) throws {
    for tensor in try Self.matrices().prefix(4) {
      let shape = tensor.layout.shape
      var values = try Self.floats(tensor.payload)
      var codes: [Int] = []
      for start in stride(from: 0, to: values.count, by: 128) {
        let scale = (values[start..<start + 128].map(abs).max() ?? 0) / 7
        for index in start..<start + 128 {
          let code = scale == 0 ? 0 : (values[index] / scale).rounded()
          codes.append(Int(code))
          values[index] = code * scale
        }
      }
      let plain = try Self.payload(
        try Self.encoded(values, as: stored, rowLength: shape.rowLength), shape, stored)
      guard
        case .blocks(let found, _) = try GridDetection.find(
          Tensor(name: tensor.name, payload: plain))
      else {
        Issue.record("\(tensor.name): not found")
        continue
      }
      #expect(found.layout.encoding == .q4_0)
      let bytes = try found.readBytes(rows: 0..<found.layout.rowCount)
      var wrong = 0
      for index in codes.indices {
        let byte = bytes[index / 32 * 18 + 2 + index % 16]
        let nibble = index % 32 < 16 ? byte & 15 : byte >> 4
        if Int(nibble) - 8 != codes[index] { wrong += 1 }
      }
      #expect(wrong == 0, "\(tensor.name)")
    }
  }

  /// Ordinary weights, constants and zeros are on no grid.
  @Test func ordinaryWeightsAreOnNone() throws {
    for tensor in try Self.matrices() {
      guard case .none = try GridDetection.find(tensor) else {
        Issue.record("\(tensor.name)")
        continue
      }
    }
    let shape = try #require(TensorShape([64, 256]))
    for value in [Float(0), 0.02] {
      let plain = try Self.payload(
        try Self.encoded(
          [Float](repeating: value, count: 64 * 256), as: .bf16, rowLength: 256), shape, .bf16)
      guard case .none = try GridDetection.find(Tensor(name: "constant", payload: plain)) else {
        Issue.record("a constant")
        continue
      }
    }
  }

  /// No checkpoint of the test data has a weight that is taken for one of a grid.
  @Test(
    .enabled(if: SharedData.isPresent),
    arguments: ["zoo", "zoo2"].flatMap { folder in
      TestFiles.names(in: SharedData.path(folder)).map { "\(folder)/\($0)" }
    })
  func noFalsePositives(_ folder: String) throws {
    let root = SharedData.path(folder)
    let place = TestFiles.names(in: root).contains("hf") ? root + "/hf" : root
    guard let model = try? Formats.open(path: place) else { return }
    for tensor in model.tensors {
      if case .blocks = try GridDetection.find(tensor) {
        Issue.record("\(folder): \(tensor.name)")
      }
    }
  }
}
