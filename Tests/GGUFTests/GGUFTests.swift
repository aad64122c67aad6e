import TestSupport
import Testing
import WeighbridgeByteIO
import WeighbridgeEncodings
import WeighbridgeGGUF
import WeighbridgeModelIR

func tensor(
  _ name: ByteString, _ dimensions: [Int], _ traits: Encoding = .f32
) throws -> Tensor {
  let layout = try #require(TensorShape(dimensions).flatMap { TensorLayout($0, traits) })
  let bytes = (0..<Int(layout.byteCount)).map { UInt8(truncatingIfNeeded: $0 &* 7) }
  return Tensor(name: name, payload: try #require(MemoryPayload(layout, bytes)))
}

func model(_ tensors: [Tensor], _ metadata: [(ByteString, MetadataValue)] = []) -> Model {
  var model = Model(origin: ModelOrigin(format: "test"), tensors: tensors)
  for (key, value) in metadata { model.metadata[key] = value }
  return model
}

func bytes(of model: Model) throws -> [UInt8] {
  let layout = try GGUF.layOut(model)
  var bytes =
    layout.header + [UInt8](repeating: 0, count: Int(layout.byteCount) - layout.header.count)
  for (tensor, offset) in zip(model.tensors, layout.payloadOffsets) {
    let data = try tensor.payload.readBytes(rows: 0..<tensor.layout.rowCount)
    bytes.replaceSubrange(Int(offset)..<Int(offset) + data.count, with: data)
  }
  return bytes
}

@Suite struct GGUFWriterTests {
  @Test func anEmptyModelIsAHeaderOf24Bytes() throws {
    let layout = try GGUF.layOut(model([]))
    #expect(layout.header == Array("GGUF".utf8) + [3, 0, 0, 0] + [UInt8](repeating: 0, count: 16))
    #expect(layout.byteCount == 24)
  }

  /// GGUF-10, GGUF-11, GGUF-14: offsets follow the alignment.
  @Test(arguments: [1, 8, 32, 4096] as [UInt32]) func alignmentIsHonoured(_ alignment: UInt32)
    throws
  {
    let source = model(
      [try tensor("a", [3]), try tensor("b", [2, 5]), try tensor("c", [1])],
      [("general.alignment", .uint32(alignment))])
    let layout = try GGUF.layOut(source)
    for offset in layout.payloadOffsets { #expect(offset % UInt64(alignment) == 0) }
    #expect((layout.byteCount - UInt64(layout.header.count)) % UInt64(alignment) == 0)
    let again = try GGUF.open("x", in: MemoryTree(["x": bytes(of: source)]), limits: .default)
    #expect(again.tensors.map(\.name) == ["a", "b", "c"])
    #expect(
      try again.tensors[1].payload.readBytes(rows: 0..<2)
        == source.tensors[1].payload.readBytes(rows: 0..<2))
  }

  @Test func whatGGUFCannotHoldIsRefused() throws {
    let long = ByteString([UInt8](repeating: 0x61, count: 64))
    let allowed = ByteString([UInt8](repeating: 0x61, count: 63))
    _ = try GGUF.layOut(model([tensor(allowed, [1])]))
    let refused: [(Model, ModelError.Code)] = [
      (model([try tensor(long, [1])]), .notWritable),
      (model([try tensor("a", [1]), try tensor("a", [2])]), .notWritable),
      (model([try tensor("a", [1, 1, 1, 1, 1])]), .notWritable),
      (model([try tensor("a", [4], .f8_E4M3)]), .notWritable),
      (model([], [("", .bool(true))]), .notWritable),
      (model([], [("general.alignment", .uint32(12))]), .invalidMetadata),
      (model([], [("general.alignment", .uint64(32))]), .invalidMetadata),
    ]
    for (model, code) in refused {
      let error = #expect(throws: ModelError.self) { try GGUF.layOut(model) }
      #expect(error?.code == code)
    }
  }

  /// GGUF-18: blocks whose big-endian form nobody has defined stay in their order.
  @Test func undefinedBigEndianBlocksAreRefused() throws {
    let source = model([try tensor("a", [256], .iq2_XXS)])
    let error = #expect(throws: ModelError.self) { try GGUF.stored(source, in: .big) }
    #expect(error?.subject == "a")
    _ = try GGUF.stored(source, in: .little)
  }

  /// A model of a thousand tensors opens within a few milliseconds; the bound leaves room for a debug
  /// build on a busy machine.
  @Test func aThousandTensorsOpenQuickly() throws {
    let tensors = try (0..<1000).map { try tensor(ByteString("blk.\($0).attn_q.weight"), [2, 4]) }
    let file = try bytes(of: model(tensors))
    let times = try (0..<5).map { _ in
      try ContinuousClock().measure {
        let opened = try GGUF.open("x", in: MemoryTree(["x": file]), limits: .default)
        #expect(opened.tensors.count == 1000)
      }
    }
    let best = try #require(times.min())
    print("1,000 tensors: \(best)")
    #expect(best < .milliseconds(500))
  }
}
