import Foundation
import TestSupport
import Testing
import WeighbridgeByteIO
import WeighbridgeModelIR

@testable import WeighbridgeLegacyGGML

/// Files that `Fixtures/legacy/make.py` wrote by the rules of `Specs/ggml-legacy.md`.
@Suite struct FixtureTests {
  private static func names(_ folder: String) -> [String] {
    let found = try? FileManager.default.contentsOfDirectory(atPath: SharedData.fixture(folder))
    return (found ?? []).filter { $0.hasSuffix(".bin") }.sorted()
  }

  static let good = names("legacy")
  static let bad = names("malformed/ggml")

  @Test func thereAreFixtures() { #expect(Self.good.count == 5 && Self.bad.count >= 24) }

  @Test(arguments: good) func opens(_ name: String) throws {
    let tree = SingleFileTree(path: SharedData.fixture("legacy/" + name))
    let model = try LegacyGGML.open(name, in: tree, limits: .default)
    #expect(model.tensors.count == 12)
    #expect(model.origin.version.replacing(" v", with: "-") + ".bin" == name)
    #expect(model.metadata["ggml.tokens"]?.array?.strings == ["<unk>", "<s>", "</s>", " a", "b"])
    for (index, tensor) in model.tensors.enumerated() {
      let rows = try #require(FloatRows(tensor.payload))
      let values = try rows.read(rows: 0..<tensor.layout.rowCount)
      #expect(values == values.indices.map { Float(index + 1) + Float($0) / 8 })
    }
  }

  @Test(arguments: bad) func refuses(_ name: String) throws {
    let path = SharedData.fixture("malformed/ggml/" + name)
    let golden = try String(contentsOfFile: path + ".error", encoding: .utf8)
    let error = #expect(throws: FormatError.self) {
      _ = try LegacyGGML.open(name, in: SingleFileTree(path: path), limits: .default)
    }
    let fault = try #require(error)
    #expect("\(fault.code.rawValue) \(fault.offset.map { "\($0)" } ?? "-")\n" == golden, "\(fault)")
  }
}
