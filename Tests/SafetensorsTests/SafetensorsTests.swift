import TestSupport
import Testing
import WeighbridgeByteIO
import WeighbridgeEncodings
import WeighbridgeModelIR
import WeighbridgeSafetensors

/// A file from its header's text and its data.
func file(_ header: String, _ data: [UInt8] = []) -> [UInt8] {
  let text = Array(header.utf8)
  let length = (0..<8).map { UInt8(truncatingIfNeeded: text.count >> (8 * $0)) }
  return length + text + data
}

func open(_ name: String, _ files: [String: [UInt8]]) throws -> Model {
  try Safetensors.open(name, in: MemoryTree(files), limits: .default)
}

func zeros(_ count: Int) -> [UInt8] { [UInt8](repeating: 0, count: count) }

func tensor(_ name: ByteString, _ dimensions: [Int], _ type: String) throws -> Tensor {
  let traits = try #require(Encoding.safetensors(type))
  let layout = try #require(TensorShape(dimensions).flatMap { TensorLayout($0, traits) })
  return Tensor(name: name, payload: ZeroPayload(layout))
}

@Suite struct SafetensorsReaderTests {
  /// ST-5: every dtype of the reference implementation is known.
  @Test func everyTypeIsKnown() throws {
    let model = try open(
      "types.safetensors",
      [
        "types.safetensors": TestFiles.bytes(SharedData.fixture("safetensors/types.safetensors"))
      ])
    #expect(model.tensors.count == 22)
    #expect(model.tensors.allSatisfy { !$0.layout.isOpaque })
  }

  /// ST-12: recognition looks at the content.
  @Test func recognitionLooksAtTheContent() {
    let source = MemorySource([])
    #expect(Safetensors.recognizes(file("{}"), in: source))
    #expect(Safetensors.recognizes(file(" {}"), in: source))
    #expect(Safetensors.recognizes(Array(#"{"weight_map": {}}"#.utf8), in: source))
    #expect(!Safetensors.recognizes(Array(#"{"model":{"a":1}}"#.utf8), in: source))
    #expect(!Safetensors.recognizes(Array("GGUF".utf8) + zeros(20), in: source))
    #expect(!Safetensors.recognizes([], in: source))
    #expect(!Safetensors.recognizes(zeros(8), in: source))
  }

  /// ST-10: tensors come in the order of their data, whatever the order of the text.
  @Test func theOrderIsThatOfTheData() throws {
    let model = try open(
      "any-order.safetensors",
      [
        "any-order.safetensors": TestFiles.bytes(
          SharedData.fixture("safetensors/any-order.safetensors"))
      ])
    #expect(model.tensors.map(\.name) == ["a", "z"])
  }

  /// A part without its index is read alone, and says so.
  @Test func aPartWithoutIndexSaysSo() throws {
    let model = try open(
      "m-00001-of-00002.safetensors", ["m-00001-of-00002.safetensors": file("{}")])
    #expect(model.problems.map(\.code) == ["single-shard"])
  }
}

@Suite struct SafetensorsShardTests {
  private let one = #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#
  private let two = #"{"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#

  /// ST-13, ST-14: the index, or any shard, opens the whole.
  @Test(
    arguments: [
      "shards.safetensors.index.json", "shards-00001-of-00002.safetensors",
      "shards-00002-of-00002.safetensors",
    ])
  func anyPartOpensTheWhole(_ name: String) throws {
    let folder = try DirectoryTree(path: SharedData.fixture("safetensors"))
    let model = try Safetensors.open(name, in: folder, limits: .default)
    #expect(model.tensors.map(\.name) == ["a.weight", "b.weight", "c.weight"])
    #expect(model.tensors.map { $0.location?.file } == [0, 0, 1])
    #expect(model.origin.files.count == 2)
    #expect(model.problems.isEmpty)
    #expect(model.metadata["format"] == .string("pt"))
  }

  /// ST-15: a tensor that the index does not list is kept, with a warning.
  @Test func anUnlistedTensorIsNoted() throws {
    let model = try open(
      "i.json",
      ["i.json": Array(#"{"weight_map":{"a":"1","c":"1"}}"#.utf8), "1": file(three, zeros(12))])
    #expect(model.tensors.map(\.name) == ["a", "b", "c"])
    #expect(model.problems.map(\.code) == ["index-mismatch"])
    #expect(model.problems.map(\.place) == ["b"])
  }

  /// S-7: shards without an index belong together by their names.
  @Test(arguments: ["m-00001-of-00002.safetensors", "m-00002-of-00002.safetensors"])
  func numberedShardsAreOneModel(_ name: String) throws {
    let model = try open(
      name,
      [
        "m-00001-of-00002.safetensors": file(one, zeros(4)),
        "m-00002-of-00002.safetensors": file(two, zeros(4)),
        "n-00001-of-00002.safetensors": file(three, zeros(12)),
        "m-00003-of-00003.safetensors": file(three, zeros(12)),
      ])
    #expect(model.tensors.map(\.name) == ["a", "b"])
    #expect(model.tensors.map { $0.location?.file } == [0, 1])
    #expect(model.problems.map(\.code) == ["no-index"])
  }

  /// S-7: nothing says which of two tensors of one name counts.
  @Test func numberedShardsDoNotRepeatATensor() {
    let error = #expect(throws: FormatError.self) {
      try open(
        "m-00001-of-00002.safetensors",
        [
          "m-00001-of-00002.safetensors": file(one, zeros(4)),
          "m-00002-of-00002.safetensors": file(one, zeros(4)),
        ])
    }
    #expect(error?.code == .duplicateName)
  }

  /// S-7: a name may claim any number of parts.
  @Test func aHugeNumberOfPartsIsNoSeries() throws {
    let name = "m-00001-of-9223372036854775807.safetensors"
    #expect(try open(name, [name: file(one, zeros(4))]).tensors.count == 1)
  }

  private let three = """
    {"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},\
    "b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]},\
    "c":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}
    """

  /// ST-15: of two copies the one that the index names is used.
  @Test func ofTwoCopiesTheIndexDecides() throws {
    let index = Array(#"{"weight_map":{"a":"2","b":"1"}}"#.utf8)
    let both = """
      {"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},\
      "a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}
      """
    let model = try open(
      "i.json", ["i.json": index, "1": file(both, zeros(8)), "2": file(one, zeros(4))])
    #expect(model.tensors.map(\.name) == ["b", "a"])
    #expect(model.tensors.map { $0.location?.file } == [0, 1])
    #expect(model.problems.map(\.code) == ["index-mismatch"])
  }

  /// ST-14: a listed tensor that is nowhere is an error that names it.
  @Test func aListedTensorMustBeThere() throws {
    let index = Array(#"{"weight_map":{"a":"1","z":"1"}}"#.utf8)
    let error = #expect(throws: FormatError.self) {
      try open("i.json", ["i.json": index, "1": file(one, zeros(4))])
    }
    #expect(error?.code == .invalidValue)
    #expect(error?.message.contains("'z'") == true)
  }

  @Test func aWrongTotalIsANote() throws {
    let index = Array(#"{"metadata":{"total_size":5},"weight_map":{"a":"1","b":"2"}}"#.utf8)
    let model = try open(
      "i.json", ["i.json": index, "1": file(one, zeros(4)), "2": file(two, zeros(4))])
    #expect(model.problems.map(\.code) == ["total-size"])
  }
}

@Suite struct SafetensorsWriterTests {
  private func text(_ model: Model) throws -> String {
    String(decoding: try Safetensors.layOut(model).header.dropFirst(8), as: UTF8.self)
  }

  /// ST-16: an order in which every tensor is aligned is kept; the header ends at a multiple of 8.
  @Test func anAlignedOrderIsKept() throws {
    let model = Model(
      origin: ModelOrigin(format: "test"),
      tensors: [try tensor("z", [2], "F16"), try tensor("a", [1], "F32")])
    let layout = try Safetensors.layOut(model)
    #expect(layout.header.count % 8 == 0)
    #expect(
      layout.payloadOffsets == [UInt64(layout.header.count), UInt64(layout.header.count) + 4])
    let expected = #"{"z":{"dtype":"F16","shape":[2],"data_offsets":[0,4]},"#
    #expect(try text(model).hasPrefix(expected))
  }

  /// ST-16: otherwise the order is that of the reference writer: type, then name.
  @Test func anUnalignedOrderIsSorted() throws {
    let tensors = [
      try tensor("b", [3], "U8"), try tensor("d", [1], "F32"), try tensor("c", [1], "F32"),
      try tensor("a", [1], "I64"), try tensor("e", [1], "F16"),
    ]
    let model = Model(origin: ModelOrigin(format: "test"), tensors: tensors)
    let layout = try Safetensors.layOut(model)
    let start = UInt64(layout.header.count)
    #expect(layout.payloadOffsets.map { $0 - start } == [18, 12, 8, 0, 16])
    #expect(layout.byteCount == start + 21)
  }

  @Test func textIsEscapedAsJSON() throws {
    var model = Model(origin: ModelOrigin(format: "test"))
    model.metadata["k\"\\"] = .string("\u{1}\u{8}\t\n\u{C}\r\u{1F}é")
    let expected = #"{"__metadata__":{"k\"\\":"\u0001\b\t\n\f\r\u001fé"}}"#
    #expect(try text(model).hasPrefix(expected))
    let again = try open("x", ["x": Safetensors.layOut(model).header])
    #expect(again.metadata == model.metadata)
  }

  @Test func whatSafetensorsCannotHoldIsRefused() throws {
    func model(_ tensors: [Tensor], _ metadata: [(ByteString, MetadataValue)] = []) -> Model {
      var model = Model(origin: ModelOrigin(format: "test"), tensors: tensors)
      for (key, value) in metadata { model.metadata[key] = value }
      return model
    }
    let quantized = try #require(TensorShape([32]).flatMap { TensorLayout($0, .q4_0) })
    let refused = [
      model([Tensor(name: "q", payload: ZeroPayload(quantized))]),
      model([try tensor("__metadata__", [1], "F32")]),
      model([try tensor(ByteString([0xFF]), [1], "F32")]),
      model([try tensor("a", [1], "F32"), try tensor("a", [1], "F32")]),
      model([], [("k", .uint32(1))]),
      model([], [("k", .string(ByteString([0xFF])))]),
    ]
    for model in refused {
      let error = #expect(throws: ModelError.self) { try Safetensors.layOut(model) }
      #expect(error?.code == .notWritable)
    }
  }
}
