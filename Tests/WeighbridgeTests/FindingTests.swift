import Foundation
import TestSupport
import Testing
import WeighbridgeByteIO
import WeighbridgeEncodings
import WeighbridgeModelIR

@testable import Weighbridge

/// Every kind of finding has a file in which it is found.
@Suite struct FindingTests {
  private static func validate(
    _ path: String, against source: String? = nil, base: String? = nil
  ) throws -> Validation {
    try Validation(
      path, against: source, base: base, readsTensors: true, using: Resources(threads: 1))
  }

  @Test func nothingIsWrongWithAGoodModel() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(try TinyModel().bytes(), to: "model.gguf")
    let found = try Self.validate(path).findings.filter { $0.severity != .note }
    #expect(found.isEmpty, "\(found.map { "\($0.kind.code) \($0.place) \($0.message)" })")
  }

  @Test(arguments: FindingFixtures.all.indices)
  func everyKindIsFound(index: Int) throws {
    let fixture = FindingFixtures.all[index]
    let folder = try TemporaryFolder()
    defer { withExtendedLifetime(folder) {} }
    let subject = try fixture.make(folder)
    let found = try Self.validate(subject.path, against: subject.source, base: subject.base)
      .findings.map(\.kind.code)
    #expect(found.contains(fixture.code), "\(found)")
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
    let fixtures = Set(FindingFixtures.all.map(\.code))
    #expect(Set(FindingKind.all.map(\.code)) == fixtures)
  }

  /// Blocks that nothing was done to are not taken for damaged ones.
  @Test func goodBlocksAreNotFound() throws {
    let folder = try TemporaryFolder()
    var model = try TinyModel()
    try model.addBlocks(.q8_0)
    let path = try folder.write(try model.bytes(), to: "model.gguf")
    let found = try Self.validate(path).findings.map(\.kind.code)
    #expect(!found.contains("misencoded-blocks") && !found.contains("scales-constant"))
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
