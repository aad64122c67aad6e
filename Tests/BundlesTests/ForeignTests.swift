import Foundation
import TestSupport
import Testing
import WeighbridgeByteIO
import WeighbridgeDigests
import WeighbridgeJSON

@testable import WeighbridgeBundles

/// Bundles and digests that Python's standard library made: `Fixtures/bundles/make.py`.
@Suite("Bundles: foreign")
struct ForeignTests {
  static let weights = Array("GGUF".utf8) + (0..<12).flatMap { _ in Array(UInt8.min...UInt8.max) }

  @Test("Layers of every kind are listed, verified and unpacked (BND-30, BND-31)")
  func foreign() throws {
    let bundle = try BundleReader(FileSource(path: SharedData.fixture("bundles/foreign.tar")))
    let long = String(repeating: "deep/", count: 40) + "weights.gguf"
    let expected: [(String, [UInt8], LayerPacking, Bool)] = [
      ("LICENSE", Array("Apache-2.0\n".utf8), .tar, true), (long, Self.weights, .tarZstd, false),
      ("docs/README.md", Array("# A model\n".utf8), .tar, true),
      ("model.gguf", Self.weights, .raw, true),
      ("second/naïve.gguf", Self.weights.reversed(), .tarZstd, true),
    ]
    #expect(bundle.files.map(\.path) == expected.map(\.0))
    #expect(bundle.files.map(\.packing) == expected.map(\.2))
    #expect(bundle.files.map(\.isSeekable) == expected.map(\.3))
    #expect(bundle.profile == nil)
    #expect(bundle.identity == nil)
    let check = bundle.verify()
    #expect(check.problems == [])
    #expect(
      check.digests == expected.map { "sha256:" + SHA256.hash($0.1).hexadecimal })
    let folder = try TemporaryFolder()
    try bundle.unpack(to: folder("out"))
    for (file, sample) in zip(bundle.files, expected) {
      #expect(try contents(folder("out/" + sample.0)) == sample.1)
      if file.isSeekable {
        #expect(try bundle.open(file).readPrefix(.max) == sample.1)
      } else {
        #expect(code { _ = try bundle.open(file) } == .unsupportedEncoding)
      }
    }
  }

  @Test("A configuration without modelfs is accepted (BND-33)")
  func emptyConfiguration() throws {
    let bundle = try BundleReader(
      FileSource(path: SharedData.fixture("bundles/empty-configuration.tar")))
    #expect(bundle.files.map(\.path) == ["model.gguf"])
    #expect(bundle.verify().problems == [])
  }

  @Test("The canonical manifest is what the rules say, byte for byte (BND-40, BND-41)")
  func canonicalManifest() throws {
    let expected = try JSONValue.parse(contents(SharedData.fixture("bundles/identity.json")))
    let files = try #require(expected["files"]?.object).members.map { member in
      (
        path: member.key.text,
        bytes: member.value.array?.compactMap { $0.integer.map { UInt8($0) } } ?? []
      )
    }
    var description = BundleDescription()
    description.name = "three \"files\""
    description.licenses = ["MIT"]
    description.family = "llama"
    description.architecture = "transformer"
    description.parameterCount = 22_713_216
    let folder = try TemporaryFolder()
    for profile in BundleProfile.allCases {
      let path = folder("\(profile).oci.tar")
      let summary = try BundleWriter.pack(
        inputs(files), description: description, to: path, options: options(profile))
      #expect(summary.identity == expected["identity"]?.text)
      let bundle = try BundleReader(FileSource(path: path))
      #expect(bundle.identity == expected["identity"]?.text)
      guard profile == .raw else { continue }
      let manifest = try bundle.archive.document(
        bundle.manifest.manifest.path, limits: .default)
      #expect(String(decoding: manifest, as: UTF8.self) == expected["manifest"]?.text)
    }
  }
}
