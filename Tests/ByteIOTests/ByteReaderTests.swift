import TestSupport
import Testing
import WeighbridgeByteIO

@Suite struct ByteReaderTests {
  @Test func numbersInBothOrders() throws {
    let bytes = (1...30).map { UInt8($0) }
    var little = ByteReader(MemorySource(bytes))
    #expect(try little.read(UInt8.self) == 1)
    #expect(try little.read(UInt16.self) == 0x0302)
    #expect(try little.read(UInt32.self) == 0x0706_0504)
    #expect(try little.read(UInt64.self) == 0x0F0E_0D0C_0B0A_0908)
    #expect(little.position == 15)
    #expect(little.remaining == 15)
    var big = ByteReader(MemorySource(bytes), at: 1, byteOrder: .big)
    #expect(try big.read(UInt16.self) == 0x0203)
    #expect(try big.read(Int64.self) == 0x0405_0607_0809_0A0B)
  }

  @Test func signsAndFloats() throws {
    let bytes: [UInt8] = [0xFF, 0xFE, 0xFF, 0, 0, 0xC0, 0x3F, 0, 0, 0, 0, 0, 0, 0xF8, 0xBF]
    var reader = ByteReader(MemorySource(bytes))
    #expect(try reader.read(Int8.self) == -1)
    #expect(try reader.read(Int16.self) == -2)
    #expect(try reader.readFloat() == 1.5)
    #expect(try reader.readDouble() == -1.5)
    #expect(reader.remaining == 0)
  }

  @Test func theEndIsAnErrorWithItsPlace() throws {
    var reader = ByteReader(MemorySource([1, 2, 3], name: "three"))
    _ = try reader.read(UInt16.self)
    do {
      _ = try reader.read(UInt32.self, "the count")
      Issue.record("it read past the end")
    } catch {
      #expect(error.code == .truncated)
      #expect(error.offset == 2)
      #expect(error.source == "three")
      #expect(error.message.contains("the count"))
    }
    #expect(reader.position == 2)
    let far = ByteReader(MemorySource([1, 2, 3]), at: 100)
    #expect(far.remaining == 0)
  }

  /// Fields at, before and behind the 64 KiB window.
  @Test func theWindowDoesNotShow() throws {
    let bytes = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 / 3) }
    var reader = ByteReader(MemorySource(bytes))
    for size in [65_533, 8, 1, 65_536, 65_537, 3] {
      let start = Int(reader.position)
      let read = try reader.readBytes(UInt64(size))
      #expect(read == Array(bytes[start..<start + size]))
    }
    try reader.skip(100)
    let position = Int(reader.position)
    #expect(try reader.read(UInt8.self) == bytes[position])
  }

  @Test func stringsAreRejectedNotRepaired() throws {
    var reader = ByteReader(MemorySource(Array("é".utf8) + [0xFF, 0x41]))
    #expect(try reader.readUTF8(2) == "é")
    do {
      _ = try reader.readUTF8(2)
      Issue.record("it repaired")
    } catch {
      #expect(error.code == .invalidUTF8)
      #expect(error.offset == 2)
    }
    var limits = ReadLimits()
    limits.stringBytes = 3
    var limited = ByteReader(MemorySource([UInt8](repeating: 0, count: 10)), limits: limits)
    do {
      _ = try limited.readBytes(4)
      Issue.record("it ignored the limit")
    } catch { #expect(error.code == .limitExceeded) }
    #expect(try limited.readBytes(0) == [])
  }

  /// A count is believed only where what it counts fits into the bytes left.
  @Test func countsAreProven() throws {
    func count(_ value: UInt64, minimum: UInt64, limit: UInt64) throws(FormatError) -> Int {
      let bytes = (0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * UInt64($0))) }
      var reader = ByteReader(MemorySource(bytes + [UInt8](repeating: 0, count: 40)))
      return try reader.readCount(
        as: UInt64.self, minimumSize: minimum, limit: limit, "the count")
    }
    #expect(try count(5, minimum: 8, limit: 100) == 5)
    #expect(try count(0, minimum: 8, limit: 0) == 0)
    for (value, minimum, limit, code) in [
      (6, 8, 100, .truncated), (UInt64.max, 8, .max, .truncated), (1 << 61, 8, .max, .truncated),
      (101, 0, 100, .limitExceeded),
    ] as [(UInt64, UInt64, UInt64, FormatError.Code)] {
      let error = #expect(throws: FormatError.self) {
        try count(value, minimum: minimum, limit: limit)
      }
      #expect(error?.code == code)
      #expect(error?.offset == 0)
    }
  }
}

@Suite struct ByteExtentTests {
  @Test func rangesAreProven() throws {
    let whole = try #require(ByteExtent(base: 10, offset: 5, byteCount: 20, within: 35))
    #expect((whole.offset, whole.end) == (15, 35))
    #expect(ByteExtent(base: 10, offset: 5, byteCount: 21, within: 35) == nil)
    #expect(ByteExtent(base: .max, offset: 1, byteCount: 0, within: .max) == nil)
    #expect(ByteExtent(offset: .max, byteCount: 1, within: .max) == nil)
    #expect(ByteExtent(offset: .max, byteCount: 0, within: .max) != nil)
    #expect(ByteExtent(offset: 0, byteCount: .max, within: .max)?.end == .max)
  }

  @Test func slicesStayInside() throws {
    let whole = try #require(ByteExtent(offset: 100, byteCount: 10, within: 110))
    #expect(whole.slice(offset: 3, byteCount: 7)?.offset == 103)
    #expect(whole.slice(offset: 10, byteCount: 0)?.byteCount == 0)
    #expect(whole.slice(offset: 3, byteCount: 8) == nil)
    #expect(whole.slice(offset: 11, byteCount: 0) == nil)
    #expect(whole.slice(offset: .max, byteCount: .max) == nil)
  }

  @Test func sourcesRefuseWhatLiesOutside() throws {
    let memory = MemorySource(Array(0..<10))
    #expect(try memory.readBytes(at: 8, count: 2) == [8, 9])
    #expect(throws: IOError.self) { try memory.readBytes(at: 9, count: 2) }
    #expect(throws: IOError.self) { try memory.readBytes(at: .max, count: 1) }
    let extent = try #require(ByteExtent(offset: 2, byteCount: 5, within: 10))
    let slice = SliceSource(memory, extent, name: "part")
    #expect(slice.byteCount == 5)
    #expect(try slice.readBytes(at: 1, count: 4) == [3, 4, 5, 6])
    #expect(throws: IOError.self) { try slice.readBytes(at: 1, count: 5) }
    #expect(try slice.readPrefix(100) == [2, 3, 4, 5, 6])
  }

  @Test func byteStringsAreBytes() {
    let composed: ByteString = "\u{E9}"
    let decomposed: ByteString = "e\u{301}"
    #expect(composed != decomposed)
    #expect(composed.text == decomposed.text)
    #expect(ByteString([0xFF]).validatedText == nil)
    #expect(ByteString([0xFF]).text == "\u{FFFD}")
    #expect(ByteString("abc").hasPrefix("ab") && ByteString("abc").hasSuffix("bc"))
    #expect(!ByteString("b").hasSuffix("ab"))
    #expect(ByteString("a") < ByteString("ab") && ByteString("Z") < ByteString("a"))
  }
}
