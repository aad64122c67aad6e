import ByteIO
import Conversion
import Formats
import ModelIR
import TestSupport
import Testing

/// Importance matrices in both of llama.cpp's formats.
@Suite struct ImportanceTests {
  private static func legacy(_ bytes: [UInt8]) throws(ConversionError) -> ImportanceMatrix {
    try ImportanceMatrix(legacy: MemorySource(bytes), path: "imatrix.dat")
  }

  private static func golden() throws -> [UInt8] {
    let source = try FileSource(path: SharedData.fixture("golden/imatrix.dat"))
    return try source.readBytes(at: 0, count: Int(source.byteCount))
  }

  @Test func bothFormatsHoldTheSameWeights() throws {
    let path = SharedData.fixture("golden/imatrix.gguf")
    let newer = try ImportanceMatrix(Formats.open(path: path), path: path)
    let older = try Self.legacy(try Self.golden())
    #expect(newer.entries.map(\.name) == older.entries.map(\.name))
    #expect(newer.entries.count == 28)
    #expect(newer.datasets == older.datasets)
    #expect(newer.chunkCount == older.chunkCount)
    for (left, right) in zip(newer.entries, older.entries) {
      #expect(left.values.count == right.values.count)
      for (a, b) in zip(left.values, right.values) { #expect(abs(a - b) <= 1e-5 * abs(a)) }
    }
  }

  @Test func everyTruncationIsAnError() throws {
    let bytes = try Self.golden()
    for count in stride(from: 0, to: bytes.count - 64, by: 97) {
      #expect(throws: ConversionError.self) { try Self.legacy(Array(bytes.prefix(count))) }
    }
  }

  @Test func hostileCountsAreRefused() throws {
    var bytes = try Self.golden()
    for place in 0..<4 { bytes[place] = 0xFF }
    #expect(throws: ConversionError.self) { try Self.legacy(bytes) }
    bytes = try Self.golden()
    for place in 4..<8 { bytes[place] = 0x7F }
    #expect(throws: ConversionError.self) { try Self.legacy(bytes) }
  }

  @Test func nonFiniteWeightsAreRefused() throws {
    var bytes = try Self.golden()
    let length = Int(bytes[4])
    let first = 8 + length + 8
    bytes.replaceSubrange(first..<first + 4, with: [0, 0, 0xC0, 0x7F])
    let error = #expect(throws: ConversionError.self) { try Self.legacy(bytes) }
    guard case .model(let fault)? = error else {
      Issue.record("another error: \(String(describing: error))")
      return
    }
    #expect(fault.code == .nonFiniteValue)
  }
}
