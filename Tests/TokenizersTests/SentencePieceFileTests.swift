import TestSupport
import Testing
import WeighbridgeByteIO
import WeighbridgeTokenizers

/// The reader of `tokenizer.model` on a good file and on broken ones.
@Suite struct SentencePieceFileTests {
  private static func golden() throws -> [UInt8] {
    let path = SharedData.fixture("models/jargon-llama/tokenizer.model")
    let source = try FileSource(path: path)
    return try source.readBytes(at: 0, count: Int(source.byteCount))
  }

  @Test func piecesKeepTheirOrderScoreAndKind() throws {
    let file = try SentencePieceFile(Self.golden(), in: "tokenizer.model")
    #expect(file.pieces.count == 1024)
    #expect(file.algorithm == .bytePair)
    #expect(file.pieces[0].text == "<unk>")
    #expect(file.pieces[0].kind == .unknown)
    #expect(file.pieces[1].kind == .control)
    #expect(file.pieces[3].text == "<0x00>")
    #expect(file.pieces[3].kind == .byte)
    #expect(file.pieces[259].score == 0)
    #expect(file.pieces[260].score == -1)
  }

  @Test func nothingIsNotAVocabulary() {
    let error = #expect(throws: FormatError.self) { try SentencePieceFile([], in: "x") }
    #expect(error?.code == .notThisFormat)
  }

  @Test func brokenFieldsAreRefused() {
    let cases: [([UInt8], FormatError.Code)] = [
      ([0x0A, 0x05, 0x0A], .truncated), ([0x0A], .truncated), ([0x00], .invalidValue),
      ([0x0F], .invalidValue), ([0x0A, 0x02, 0x18, 0x09], .invalidValue),
      ([0x0A, 0x03, 0x0A, 0x01, 0xFF], .invalidUTF8), ([0x0A, 0x00], .invalidValue),
      ([0x08] + [UInt8](repeating: 0xFF, count: 11), .invalidValue),
      ([0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01], .truncated),
    ]
    for (bytes, code) in cases {
      let error = #expect(throws: FormatError.self) { try SentencePieceFile(bytes, in: "x") }
      #expect(error?.code == code, "\(bytes)")
    }
  }

  @Test func noDamageTraps() throws {
    let bytes = try Self.golden()
    var state: UInt64 = 0x9E37_79B9_7F4A_7C15
    for _ in 0..<500 {
      var damaged = bytes
      for _ in 0..<4 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        damaged[Int(state >> 33) % damaged.count] = UInt8(truncatingIfNeeded: state >> 24)
      }
      _ = try? SentencePieceFile(damaged, in: "x")
    }
    for count in stride(from: 1, to: bytes.count, by: 101) {
      _ = try? SentencePieceFile(Array(bytes.prefix(count)), in: "x")
    }
  }
}
