import TestSupport
import Testing
import WeighbridgeByteIO
import WeighbridgeModelIR

@testable import WeighbridgeGGUF

/// Arrays of metadata are bytes; what is asked of them is the same as of arrays of values.
@Suite struct MetadataArrayTests {
  private static let arrays: [MetadataArray] = [
    .uint8([0, 1, 255]), .int8([-128, 0, 127]), .uint16([0, 65535]), .int16([-32768, 5]),
    .uint32([7, .max]), .int32([.min, -1]), .uint64([0, .max]), .int64([.min, .max]),
    .float32([0.5, -.infinity]), .float64([1e300, -0.0]), .bool([true, false, true]),
    .strings(["", "a", "\u{E9}", "e\u{301}"]), .strings([]),
    .arrays([.int16([1, 2]), .strings(["x", ""]), .arrays([.bool([true])]), .uint8([])]),
  ]

  @Test func elementsAreTheValuesOfTheArray() {
    #expect(Array(MetadataArray.int16([3, -4]).elements) == [.int16(3), .int16(-4)])
    #expect(Array(MetadataArray.strings(["", "ab"]).elements) == [.string(""), .string("ab")])
    #expect(MetadataArray.uint32([7, 9]).integers == [7, 9])
    #expect(MetadataArray.uint64([1, .max]).integers == nil)
    #expect(MetadataArray.float64([0.5]).floats == [0.5])
    #expect(MetadataArray.bool([true, false]).bools == [true, false])
    #expect(MetadataArray.uint8([4, 5]).uint8s == [4, 5])
    let inner: [MetadataArray] = [.int8([1]), .strings(["q"])]
    #expect(MetadataArray.arrays(inner).arrays == inner)
    #expect(MetadataArray.int32([5, 6, 7]).number(2) == .int32(7))
    #expect(MetadataArray.int32([5, 6, 7]).number(3) == nil)
    #expect(MetadataArray.strings(["a"]).number(0) == nil)
  }

  @Test(arguments: arrays)
  func partsAreThoseOfTheElements(_ array: MetadataArray) {
    let elements = Array(array.elements)
    #expect(elements.count == array.count)
    for length in 0...array.count + 1 {
      #expect(Array(array.prefix(length).elements) == Array(elements.prefix(length)))
    }
    let places = [array.count - 1, 0, 7, -1]
    let expected = places.filter { elements.indices.contains($0) }.map { elements[$0] }
    #expect(Array(array.selecting(places).elements) == expected)
  }

  /// Through a file of either byte order, and the memory of a file of version 3.
  @Test(arguments: [ByteOrder.little, .big])
  func everyArrayComesBackFromAFile(_ order: ByteOrder) throws {
    var model = Model(origin: ModelOrigin(format: "test"))
    for (index, array) in Self.arrays.enumerated() {
      model.metadata[ByteString("key\(index)")] = .array(array)
    }
    let layout = try GGUF.layOut(model, byteOrder: order)
    let again = try GGUF.open("x", in: MemoryTree(["x": layout.header]), limits: .default)
    #expect(again.metadata == model.metadata)
  }

  @Test func bytesThatAreNotTheElementsAreRefused() {
    #expect(MetadataArray(.uint32, count: 2, bytes: [0, 0, 0, 0]) == nil)
    #expect(MetadataArray(.uint8, count: 1, bytes: [0, 0]) == nil)
    #expect(MetadataArray(.uint64, count: .max, bytes: []) == nil)
    #expect(MetadataArray(.string, count: 1, bytes: [9, 0, 0, 0, 0, 0, 0, 0, 65]) == nil)
    #expect(MetadataArray(.string, count: 1, bytes: [UInt8](repeating: 255, count: 8)) == nil)
    #expect(MetadataArray(.array, count: 1, bytes: [UInt8](repeating: 99, count: 12)) == nil)
    // Arrays in arrays in arrays: an empty one at the bottom.
    var nested = MetadataArray.uint8([])
    for _ in 0..<63 { nested = .arrays([nested]) }
    #expect(MetadataArray(.array, count: 1, bytes: nested.bytes) != nil)
    nested = .arrays([.arrays([nested])])
    #expect(MetadataArray(.array, count: 1, bytes: nested.bytes) == nil)
  }

  /// What other programs write and llama.cpp refuses opens with a warning and can be written again.
  @Test(arguments: [("five-dimensions", "many-dimensions"), ("long-names", "long-names")])
  func unusualTensorsOpenWithAWarning(_ file: String, _ code: String) throws {
    let bytes = try TestFiles.bytes(SharedData.fixture("gguf/\(file).gguf"))
    let model = try GGUF.open("x", in: MemoryTree(["x": bytes]), limits: .default)
    #expect(model.problems.contains { $0.code == code && $0.severity == .warning })
    let layout = try GGUF.layOut(model)
    #expect(layout.header.elementsEqual(bytes.prefix(layout.header.count)))
    // Nothing new is made that llama.cpp cannot read.
    var other = model
    other.origin.format = "safetensors"
    #expect(throws: ModelError.self) { try GGUF.layOut(other) }
  }
}
