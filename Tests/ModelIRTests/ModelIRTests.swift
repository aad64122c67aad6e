import Testing
import WeighbridgeByteIO
import WeighbridgeEncodings
import WeighbridgeModelIR

@Suite struct TensorShapeTests {
  @Test func theProductIsProven() throws {
    let shape = try #require(TensorShape([2, 3, 4]))
    #expect((shape.elementCount, shape.rowLength, shape.rowCount) == (24, 4, 6))
    let scalar = try #require(TensorShape([]))
    #expect((scalar.elementCount, scalar.rowLength, scalar.rowCount) == (1, 1, 1))
    #expect(TensorShape([0, Int.max])?.elementCount == 0)
    #expect(TensorShape([-1]) == nil)
    #expect(TensorShape([1 << 32, 1 << 32]) == nil)
    #expect(TensorShape([Int.max, 1])?.elementCount == Int.max)
    #expect(shape.description == "[2, 3, 4]")
  }
}

@Suite struct TensorLayoutTests {
  private func layout(_ dimensions: [Int], _ traits: Encoding) -> TensorLayout? {
    TensorShape(dimensions).flatMap { TensorLayout($0, traits) }
  }

  @Test func rowsAreWholeBlocks() throws {
    let layout = try #require(self.layout([3, 64], .q4_0))
    #expect((layout.rowCount, layout.rowLength, layout.bytesPerRow) == (3, 64, 36))
    #expect(layout.byteCount == 108)
    #expect(self.layout([3, 33], .q4_0) == nil)
    #expect(self.layout([64, 1], .q4_0) == nil)
    #expect(self.layout([], .f32)?.byteCount == 4)
    #expect(self.layout([0, 64], .q4_0)?.byteCount == 0)
  }

  @Test func sizesAreProven() {
    #expect(layout([1 << 61], .f32)?.byteCount == nil)
    #expect(layout([1 << 30, 1 << 31], .f32) == nil)
    #expect(layout([1 << 30, 1 << 30], .f32)?.byteCount == 1 << 62)
  }

  /// Rows of half bytes count as one row where only the whole is a number of bytes.
  @Test func halfBytesMayCrossRows() throws {
    let odd = try #require(layout([2, 3], .f4))
    #expect((odd.rowCount, odd.rowLength, odd.byteCount) == (1, 6, 3))
    let even = try #require(layout([3, 2], .f4))
    #expect((even.rowCount, even.byteCount) == (3, 3))
    #expect(layout([3], .f4) == nil)
  }

  @Test func unknownEncodingsHaveOnlyASize() throws {
    let shape = try #require(TensorShape([5, 7]))
    let layout = try #require(
      TensorLayout(opaque: shape, named: "type 999", ggufType: 999, byteCount: 64))
    #expect(layout.isOpaque && layout.rowCount == 1 && layout.byteCount == 64)
    #expect(TensorLayout(opaque: shape, named: "x", ggufType: 1, byteCount: .max) == nil)
    let source = MemorySource([UInt8](repeating: 1, count: 64))
    let extent = try #require(ByteExtent(offset: 0, byteCount: 64, within: 64))
    let payload = try #require(SourcePayload(layout, in: source, extent))
    #expect(FloatRows(payload) == nil)
    #expect(try payload.readBytes(rows: 0..<1).count == 64)
  }
}

@Suite struct PayloadTests {
  @Test func rowsAreReadInAnyOrder() throws {
    let floats = (0..<12).map { Float($0) - 3 }
    let bytes = floats.flatMap { number in
      (0..<4).map { UInt8(truncatingIfNeeded: number.bitPattern >> (8 * UInt32($0))) }
    }
    let layout = try #require(TensorShape([3, 4]).flatMap { TensorLayout($0, .f32) })
    let source = MemorySource([0, 0] + bytes)
    let extent = try #require(ByteExtent(offset: 2, byteCount: 48, within: 50))
    let payload = try #require(SourcePayload(layout, in: source, extent))
    let rows = try #require(FloatRows(payload))
    #expect(rows.rowLength == 4)
    #expect(try rows.read(rows: 2..<3) == Array(floats[8...]))
    #expect(try rows.read(rows: 0..<2) == Array(floats[..<8]))
    #expect(try rows.read(rows: 1..<1).isEmpty)
    let short = try #require(ByteExtent(offset: 2, byteCount: 47, within: 50))
    #expect(SourcePayload(layout, in: source, short) == nil)
  }
}

@Suite struct MetadataTests {
  @Test func orderIsKeptAndKeysOccurOnce() {
    var metadata = Metadata()
    let added = [
      metadata.append("b", .uint8(1)), metadata.append("a", .uint8(2)),
      metadata.append("b", .uint8(3)),
    ]
    #expect(added == [true, true, false])
    #expect(metadata["b"] == .uint8(1))
    metadata["b"] = .string("new")
    metadata["c"] = .bool(true)
    #expect(metadata.entries.map(\.key) == ["b", "a", "c"])
    metadata["b"] = nil
    metadata["none"] = nil
    #expect(metadata.entries.map(\.key) == ["a", "c"])
    #expect(metadata["c"] == .bool(true) && metadata["b"] == nil)
    metadata["b"] = .uint8(9)
    #expect(metadata.entries.map(\.key) == ["a", "c", "b"])
  }

  @Test func valuesConvertWhereTheyFit() {
    #expect(MetadataValue.uint64(.max).integer == nil)
    #expect(MetadataValue.int8(-5).integer == -5)
    #expect(MetadataValue.uint32(7).float == 7)
    #expect(MetadataValue.float64(0.5).float == 0.5)
    #expect(MetadataValue.string("x").integer == nil && MetadataValue.string("x").string == "x")
    #expect(MetadataValue.bool(true).integer == nil && MetadataValue.bool(true).bool == true)
    #expect(MetadataArray.uint64([1, .max]).integers == nil)
    #expect(MetadataArray.int16([-1, 2]).integers == [-1, 2])
    #expect(MetadataArray.float64([0.5]).floats == [0.5])
    #expect(MetadataArray.strings(["a"]).strings == ["a"] && MetadataArray.bool([]).count == 0)
  }
}

@Suite struct ForeignFileTests {
  @Test(
    arguments: [
      ("version https://git-lfs.github.com/spec/v1\n", "Git LFS pointer"),
      ("FUGG\u{1}\0\0\0", "reversed"), ("lmgg\0\0", "GGML"), ("PK\u{3}\u{4}\0", "ZIP"),
      ("<!DOCTYPE html>", "web page"), ("<html>", "web page"), ("{\"a\": 1}", "JSON"),
      ("Once upon a time", "text file"), ("", "empty"), ("\u{1}\u{2}\u{3}\u{4}", "01 02 03 04"),
    ])
  func filesAreNamed(_ text: String, _ words: String) {
    #expect(ForeignFile(Array(text.utf8)).description.contains(words))
  }

  @Test func adviceIsGiven() {
    #expect(
      ForeignFile(Array("version https://git-lfs".utf8)).hint?.contains("git lfs pull") == true)
    #expect(ForeignFile([0x80, 0x02]).hint?.contains("safetensors") == true)
    #expect(ForeignFile([0xFF, 0xD8, 0xFF, 0xE0]).description.contains("ff d8 ff e0"))
  }
}
