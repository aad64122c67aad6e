import Foundation
import Testing
import WeighbridgeByteIO
import WeighbridgeZstd

@testable import WeighbridgeBundles

@Suite("Zstd")
struct ZstdTests {
  private func encode(_ bytes: [UInt8], level: Int = 1) throws -> [UInt8] {
    var encoder = try ZstdEncoder(level: level)
    let content = Buffer(bytes)
    let frame = Buffer(capacity: 0)
    let count = try frame.encode(0..<bytes.count, of: content, with: &encoder)
    return frame.array(0..<count)
  }

  private func decode(_ frame: [UInt8], count: Int) throws -> [UInt8] {
    var decoder = try ZstdDecoder()
    let content = Buffer(capacity: 0)
    try content.decode(0..<frame.count, of: Buffer(frame), count: count, with: &decoder)
    return content.array(0..<count)
  }

  @Test("Frames give back what went in, at every size and level")
  func frames() throws {
    for count in [0, 1, 2, 1000, 131_071, 131_073, 1 << 20] {
      let bytes = weights(count, seed: UInt64(count))
      for level in [-5, 1, 3, 19] {
        let frame = try encode(bytes, level: level)
        #expect(frame.count <= ZstdEncoder.bound(count))
        #expect(try decode(frame, count: count) == bytes)
      }
    }
  }

  @Test("A frame names its content size and carries a checksum (BND-15)")
  func header() throws {
    let frame = try encode(weights(100_000, seed: 1))
    // RFC 8878, 3.1.1: the magic number, then a descriptor: size flag, single segment, checksum.
    #expect(Array(frame[..<4]) == [0x28, 0xB5, 0x2F, 0xFD])
    #expect(frame[4] >> 6 == 2 && frame[4] & 0x04 != 0 && frame[4] & 0x20 != 0)
    #expect(Array(frame[5..<9]) == [0xA0, 0x86, 0x01, 0x00])
  }

  @Test("Damage has a code")
  func damage() throws {
    let frame = try encode(weights(10_000, seed: 2))
    func code(_ bytes: [UInt8], _ count: Int) -> ZstdError.Code? {
      do {
        _ = try decode(bytes, count: count)
        return nil
      } catch { return (error as? ZstdError)?.code }
    }
    #expect(code(frame, 10_000) == nil)
    #expect(code(frame, 9_999) == .tooLarge)
    #expect(code(frame, 10_001) == .corrupted)
    #expect(code(Array(frame.dropLast(100)), 10_000) == .truncated)
    #expect(code(Array("no frame at all".utf8), 10) == .corrupted)
    var wrong = frame
    wrong[wrong.count - 1] ^= 1
    #expect(code(wrong, 10_000) == .checksumMismatch)
    #expect(throws: ZstdError.self) { _ = try ZstdDecoder(windowLog: 99) }
  }

  @Test("Streams of frames are read in pieces of any size, and end between frames only")
  func streams() throws {
    let first = weights(70_000, seed: 3)
    let second = weights(5, seed: 4)
    let stream = try encode(first) + encode(second)
    for step in [1, 7, 4096, stream.count] {
      var decoder = try ZstdDecoder()
      let input = Buffer(stream)
      let output = Buffer(capacity: 333)
      var content: [UInt8] = []
      var position = 0
      var isBetweenFrames = true
      while true {
        let end = min(position + step, stream.count)
        let result = try output.decode(
          position..<end, of: input, into: 0..<output.capacity, with: &decoder)
        position += result.consumed
        content += output.array(0..<result.produced)
        if result.consumed + result.produced > 0 { isBetweenFrames = result.isBetweenFrames }
        if result.produced == 0, position == stream.count { break }
      }
      #expect(content == first + second)
      #expect(isBetweenFrames)
    }
  }

  @Test("A frame is made from a stream")
  func streamedFrame() throws {
    let bytes = weights(300_000, seed: 5)
    var encoder = try ZstdEncoder(level: 3)
    let frame = try encoder.encodeAll(bytes, step: 10_000)
    #expect(frame.count < bytes.count)
    #expect(try decode(frame, count: bytes.count) == bytes)
  }

  @Test("The seek table is what zstd's format says, byte for byte (BND-16)")
  func seekTable() throws {
    var table = SeekTable()
    for (byteCount, contentByteCount) in [(100, 1000), (50, 0), (258, 70_000)] as [(UInt32, UInt32)]
    {
      let isAdded = table.append(byteCount: byteCount, contentByteCount: contentByteCount)
      #expect(isAdded)
    }
    #expect(
      table.encoded == [
        0x5E, 0x2A, 0x4D, 0x18, 33, 0, 0, 0, 100, 0, 0, 0, 0xE8, 3, 0, 0, 50, 0, 0, 0, 0, 0, 0, 0,
        2, 1, 0, 0, 0x70, 0x11, 1, 0, 3, 0, 0, 0, 0, 0xB1, 0xEA, 0x92, 0x8F,
      ])
    let stream = [UInt8](repeating: 0, count: 408) + table.encoded
    let read = try SeekTable.read(MemorySource(stream), frameBytes: 1 << 20, limit: 10)
    #expect(read == table)
    for (offset, index) in [(0, 0), (999, 0), (1000, 2), (70_999, 2)] as [(UInt64, Int)] {
      #expect(table.frameIndex(at: offset) == index)
    }
    #expect(try SeekTable.read(MemorySource(stream.dropLast()), frameBytes: 1, limit: 1) == nil)
    #expect(try SeekTable.read(MemorySource([]), frameBytes: 1, limit: 1) == nil)
  }
}

extension Buffer {
  convenience init(_ bytes: [UInt8]) {
    self.init(capacity: bytes.count)
    try? fill(0..<bytes.count, from: MemorySource(bytes), at: 0)
  }
}

extension ZstdEncoder {
  /// One frame from pieces of `step` bytes, through an output of 1,000 bytes.
  mutating func encodeAll(_ bytes: [UInt8], step: Int) throws -> [UInt8] {
    var frame: [UInt8] = []
    var position = 0
    while true {
      let end = min(position + step, bytes.count)
      var output = [UInt8](repeating: 0, count: 1000)
      var span = output.mutableSpan
      var raw = unsafe span.mutableBytes
      let input = Array(bytes[position..<end])
      let result = try encode(unsafe input.span.bytes, into: &raw, ends: end == bytes.count)
      frame += output[..<result.produced]
      position += result.consumed
      if result.isComplete { return frame }
    }
  }
}
