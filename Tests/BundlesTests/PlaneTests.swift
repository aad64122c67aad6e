import Foundation
import TestSupport
import Testing
import WeighbridgeByteIO
import WeighbridgeDigests
import WeighbridgeJSON
import WeighbridgeZstd

@testable import WeighbridgeBundles

/// Blocks taken apart and put together (BND-17).
@Suite("Bundles: planes")
struct PlaneTests {
  @Test("Every bit of a block is in one symbol, and every symbol's bits are of one bit of a block")
  func bijection() {
    for transform in PlanarTransform.table + [.bytes] {
      var bits = Set<Int>()
      var symbols = Set<[Int]>()
      for run in transform.runs {
        for i in 0..<run.count * (run.expands ? 8 : 1) {
          for bit in 0..<(run.expands ? 1 : run.width) {
            let source =
              run.expands ? 8 * run.offset + i : 8 * (run.offset + i) + run.shift + bit
            #expect(bits.insert(source).inserted, "\(transform.name): bit \(source)")
            let isNew = symbols.insert([run.plane, run.place + i, run.into + bit]).inserted
            #expect(isNew, "\(transform.name): plane \(run.plane), \(run.place + i)")
          }
        }
      }
      #expect(bits.count == 8 * transform.blockBytes, "\(transform.name)")
    }
  }

  @Test("Any blocks come back, and the fast loops do what the plain ones do")
  func kernels() {
    for transform in PlanarTransform.table {
      for blocks in [1, 2, 33] {
        let count = blocks * transform.blockBytes
        let bytes = noise(count, seed: UInt64(blocks))
        let (source, planes, plain) = (Buffer(bytes), Buffer(capacity: 0), Buffer(capacity: 0))
        planes.split(source, blocks: blocks, by: transform)
        plain.split(source, blocks: blocks, by: transform, plainly: true)
        let symbols = 0..<blocks * transform.symbols
        #expect(planes.array(symbols) == plain.array(symbols), "\(transform.name)")
        let scratch = Buffer(capacity: 0)
        planes.sort(blocks, by: transform, undoes: false, scratch)
        planes.sort(blocks, by: transform, undoes: true, scratch)
        #expect(planes.array(symbols) == plain.array(symbols), "\(transform.name), sorted")
        let (back, plainBack) = (Buffer(capacity: 0), Buffer(capacity: 0))
        back.join(planes, blocks: blocks, by: transform)
        plainBack.join(planes, blocks: blocks, by: transform, plainly: true)
        #expect(back.array(0..<count) == bytes, "\(transform.name)")
        #expect(plainBack.array(0..<count) == bytes, "\(transform.name)")
      }
    }
  }

  @Test("A transform survives its JSON, and one that leaves its block or its planes is refused")
  func json() throws {
    for transform in PlanarTransform.table + [.bytes] {
      let read = try #require(PlanarTransform(transform.json))
      #expect(read == transform && read.form == transform.form)
    }
    let good = #"{"name":"x","block":4,"planes":[2,2],"runs":[[0,0,0,2,0,8,0,0]]}"#
    func transform(_ from: String = "", _ to: String = "") throws -> PlanarTransform? {
      var text = good
      if !from.isEmpty {
        let range = try #require(text.firstRange(of: from))
        text.replaceSubrange(range, with: to)
      }
      return PlanarTransform(try JSONValue.parse(Array(text.utf8)))
    }
    #expect(try transform() != nil)
    for (from, to) in [
      ("\"block\":4", "\"block\":1"), ("\"block\":4", "\"block\":0"), ("[2,2]", "[]"),
      ("[2,2]", "[1,2]"), ("[2,2]", "[-2,2]"), ("[2,2]", "[2,64]"),
      ("[0,0,0,2,0,8", "[2,0,0,2,0,8"),
      ("[0,0,0,2,0,8", "[0,1,0,2,0,8"), ("[0,0,0,2,0,8", "[0,0,3,2,0,8"),
      ("[0,0,0,2,0,8", "[0,0,0,2,1,8"), ("8,0,0]]", "8,1,0]]"), ("8,0,0]]", "8,0,1]]"),
      ("8,0,0]]", "8,0]]"), ("0,2,0", "0,9223372036854775807,0"),
    ] {
      #expect(try transform(from, to) == nil, "\(from) → \(to)")
    }
  }

  @Test("Keys are the codes nearest to zero, in exact arithmetic (BND-17)")
  func keys() throws {
    let row = try #require(PlanarTransform.row("Q4_1", blockBytes: 20))
    // d = 1; zeros at 4.5, 4.4, 4.6, 4 and beyond the codes: 5, 4, 5, 4, 15; then below them, and none.
    let minimums = [0xC480, 0xC466, 0xC49A, 0xC400, 0xFC00, 0x4480, 0x0000]
    var blocks: [UInt8] = []
    for (block, m) in minimums.enumerated() {
      blocks += [0x00, 0x3C, UInt8(m & 255), UInt8(m >> 8)]
      blocks += [UInt8](repeating: UInt8(block), count: 16)
    }
    let planes = Buffer(capacity: 0)
    planes.split(Buffer(blocks), blocks: 7, by: row)
    planes.sort(7, by: row, undoes: false, Buffer(capacity: 0))
    let codes = planes.array(28..<28 + 7 * 16)
    #expect(stride(from: 0, to: codes.count, by: 16).map { codes[$0] } == [5, 6, 1, 3, 0, 2, 4])
  }

  @Test("Differences of numbers come back, and small ones are small")
  func differences() {
    for width in [0, 1, 2, 4] {
      let (bytes, base) = (noise(4096, seed: 1), noise(4096, seed: 2))
      let buffer = Buffer(bytes)
      buffer.combine(4096, with: Buffer(base), width: width, undoes: false)
      #expect(buffer.array(0..<4096) != bytes)
      buffer.combine(4096, with: Buffer(base), width: width, undoes: true)
      #expect(buffer.array(0..<4096) == bytes, "\(width)")
    }
    // BF16: −0 and 0 are neighbours, as are 1 and the next.
    let numbers = Buffer([0x00, 0x80, 0x81, 0x3F, 0x80, 0x3F])
    numbers.combine(
      6, with: Buffer([0x00, 0x00, 0x80, 0x3F, 0x81, 0x3F]), width: 2, undoes: false)
    #expect(numbers.array(0..<6) == [1, 0, 2, 0, 1, 0])
  }

  private func noise(_ count: Int, seed: UInt64) -> [UInt8] {
    var generator = SeededGenerator(state: seed)
    return (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
  }
}
