import Foundation
import TestSupport
import Testing
import WeighbridgeByteIO
import WeighbridgeConversion
import WeighbridgeEncodings
import WeighbridgeModelIR

@testable import Weighbridge

/// Every kind of finding has a file in which it is found.
@Suite struct FindingTests {
  private static func validate(_ path: String, against source: String? = nil) throws -> Validation {
    try Validation(path, against: source, readsTensors: true, using: Resources(threads: 1))
  }

  private func codes(
    named name: String = "model.gguf", byteOrder: ByteOrder = .little,
    _ change: (inout TinyModel) throws -> Void
  ) throws -> [String] {
    let folder = try TemporaryFolder()
    var model = try TinyModel()
    try change(&model)
    let path = try folder.write(try model.bytes(byteOrder: byteOrder), to: name)
    return try Self.validate(path).findings.map(\.kind.code)
  }

  @Test func nothingIsWrongWithAGoodModel() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(try TinyModel().bytes(), to: "model.gguf")
    let found = try Self.validate(path).findings.filter { $0.severity != .note }
    #expect(found.isEmpty, "\(found.map { "\($0.kind.code) \($0.place) \($0.message)" })")
  }

  @Test(arguments: FindingFixtures.all.map(\.code))
  func everyKindIsFound(code: String) throws {
    let fixture = try #require(FindingFixtures.all.first { $0.code == code })
    let found = try codes(named: fixture.name, byteOrder: fixture.byteOrder, fixture.change)
    #expect(found.contains(code), "\(found)")
  }

  @Test func aBrokenFileIsAFinding() throws {
    let folder = SharedData.fixture("malformed/gguf")
    // Further parts of split models are found with the first.
    for error in TestFiles.names(in: folder, suffix: ".gguf.error") {
      let name = String(error.dropLast(".error".count))
      // Cut within its magic, a file is of no format as far as anybody can tell.
      let expected =
        name == "magic-cut.gguf"
        ? "not-this-format" : try TestFiles.text(folder + "/" + error)
      let found = try Self.validate(folder + "/" + name).findings
      let code = String(found.first?.kind.code.dropFirst("format-".count) ?? "")
      #expect(expected.contains(code) && !code.isEmpty, "\(name): \(code)")
    }
  }

  @Test func everyKindIsInTheSpecificationAndHasAFixture() throws {
    let text = try TestFiles.text(SharedData.packageFolder + "/Specs/findings.md")
    let listed = text.split(separator: "\n").compactMap { line -> String? in
      guard line.hasPrefix("| `") else { return nil }
      return line.split(separator: "`").dropFirst().first.map(String.init)
    }
    #expect(listed == FindingKind.all.map(\.code))
    for kind in FindingKind.all {
      #expect(
        text.contains("| \(kind.severity.rawValue) | \(kind.why.replacing("|", with: "\\|"))"))
    }
    let fixtures = Set(FindingFixtures.all.map(\.code) + FindingFixtures.elsewhere)
    let missing = FindingKind.all.map(\.code).filter {
      !$0.hasPrefix("format-") && !fixtures.contains($0)
    }
    #expect(missing.isEmpty, "\(missing)")
  }

  /// What a model as such cannot show: its bytes, its parts, its neighbours.
  @Test func everyOtherKindIsFound() throws {
    let folder = try TemporaryFolder()
    let good = try TinyModel().bytes()
    func found(_ bytes: [UInt8], _ name: String = "m.gguf") throws -> [String] {
      try Self.validate(folder.write(bytes, to: name)).findings.map(\.kind.code)
    }
    #expect(try found(good + [1, 2, 3]).contains("trailing-bytes"))
    var truths = try TinyModel()
    truths.metadata["x.flag"] = .bool(true)
    var odd = try truths.bytes()
    let key = try #require(odd.firstRange(of: Array("x.flag".utf8)))
    odd[key.upperBound + 4] = 7
    #expect(try found(odd).contains("odd-truth-value"))
    var unpadded = try TinyModel()
    try unpadded.add("last.weight", [3])
    #expect(try found(Array(try unpadded.bytes().dropLast(20))).contains("missing-padding"))
    var unknown = try TinyModel().bytes()
    let name = try #require(unknown.firstRange(of: Array("blk.8.ffn_down.weight".utf8)))
    unknown[name.upperBound + 20] = 200
    #expect(try found(unknown).contains("unknown-encoding"))
    let versions = SharedData.fixture("gguf")
    let old = TestFiles.names(in: versions, suffix: ".gguf").filter { $0 == "version-1.gguf" }
    for file in old {
      #expect(
        try Self.validate(versions + "/" + file).findings.contains { $0.kind.code == "version-1" })
    }
    let parts = try Self.validate(SharedData.fixture("gguf/split-00001-of-00003.gguf"))
    let isModel = !parts.findings.contains { $0.kind.code == "architecture-missing" }
    #expect(!isModel || parts.findings.contains { $0.kind.code == "ollama-split" })
  }

  @Test func damagedBlocksAreFound() throws {
    let folder = try TemporaryFolder()
    func check(_ encoding: Encoding, _ code: String, _ damage: (inout [UInt8]) -> Void) throws {
      var model = try TinyModel()
      var values = [Float](repeating: 0, count: 256 * 128)
      for index in values.indices {
        // The second 32 of each 256 are zeros.
        let place = index % 256
        if place < 32 || place >= 64 { values[index] = Float(index * 7919 % 101 - 50) }
      }
      let flat = try #require(MemoryPayload(values))
      let rows = try #require(ReshapedPayload(flat, [128, 256]))
      let blocks = try #require(
        ReencodedPayload(rows, to: encoding, named: "w"))
      var bytes = try blocks.readBytes(rows: 0..<128)
      damage(&bytes)
      let shape = try #require(TensorShape([128, 256]))
      let layout = try #require(TensorLayout(shape, encoding))
      let source = MemorySource(bytes)
      let extent = try #require(
        ByteExtent(offset: 0, byteCount: UInt64(bytes.count), within: UInt64(bytes.count)))
      let payload = try #require(SourcePayload(layout, in: source, extent))
      model.tensors.append(Tensor(name: "blk.0.attn_x.weight", payload: payload))
      let path = try folder.write(try model.bytes(), to: "\(code).gguf")
      let found = try Self.validate(path).findings.map(\.kind.code)
      #expect(found.contains(code), "\(found)")
      #expect(found.contains("quantization-version"))
      if code == "scales-constant" {
        // Untouched, nothing is wrong with the blocks.
        #expect(!found.contains("misencoded-blocks"))
      }
    }
    try check(.q8_0, "scales-constant") { bytes in
      for start in stride(from: 0, to: bytes.count, by: 34) {
        (bytes[start], bytes[start + 1]) = (0, 60)
      }
    }
    try check(.iq3_S, "misencoded-blocks") { _ in }
  }

  @Test func theSourceIsComparedWith() throws {
    let folder = try TemporaryFolder()
    let source = try folder.write(try TinyModel().bytes(), to: "source.gguf")
    var model = try TinyModel()
    model.metadata["llama.rope.freq_base"] = .float32(1)
    model.metadata["llama.context_length"] = .uint32(64)
    model.metadata["tokenizer.ggml.pre"] = .string("llama-bpe")
    model.metadata["tokenizer.chat_template"] = .string("{{ messages[0].content }}<|im_end|>")
    try model.replace("blk.3.attn_q.weight") { Float($0 % 7) }
    model.remove("blk.4.attn_q.weight")
    let path = try folder.write(try model.bytes(), to: "model.gguf")
    let found = Set(try Self.validate(path, against: source).findings.map(\.kind.code))
    for code in [
      "differs-key", "differs-tokenizer", "differs-template", "differs-values", "differs-tensors",
    ] { #expect(found.contains(code), "\(code) in \(found)") }
  }

  @Test func safeFixesTakeTheirFindingsAway() throws {
    let folder = try TemporaryFolder()
    var model = try TinyModel()
    model.metadata["tokenizer.ggml.padding_token_id"] = .uint32(99)
    model.metadata["tokenizer.ggml.token_type"] = .array(
      .int32([1, 1, 1] + .init(repeating: 1, count: 13)))
    let path = try folder.write(try model.bytes(), to: "model.gguf")
    let before = try Self.validate(path)
    #expect(before.count(.error) == 1 && before.count(.warning) == 1)
    _ = try InPlaceEdit(before.repairs, force: false, isDry: false).run(path)
    let after = try Self.validate(path)
    #expect(after.count(.error) == 0 && after.count(.warning) == 0)
  }
}
