import Foundation
import Testing
import WeighbridgeByteIO
import WeighbridgeZstd

@testable import WeighbridgeBundles

/// Damage anywhere in a bundle is found (BND-42).
@Suite("Bundles: damage")
struct DamageTests {
  static let files: [(path: String, bytes: [UInt8])] = [
    ("model.gguf", gguf(5_000, seed: 11)), ("config.json", Array(#"{"a":1}"#.utf8)),
    ("README.md", Array("# For people\n".utf8)),
  ]

  /// Whether opening or verifying says that something is wrong.
  private func isFound(_ bytes: [UInt8]) -> Bool {
    !BundleReader.verify(MemorySource(bytes)).isSound
  }

  @Test("A flipped bit at every byte of a small bundle", arguments: BundleProfile.allCases)
  func everyByte(profile: BundleProfile) throws {
    let good = try packed(Self.files, options(profile))
    #expect(!isFound(good))
    var generator = SeededGenerator(state: 7)
    var bytes = good
    var missed: [Int] = []
    for offset in bytes.indices {
      bytes[offset] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
      if !isFound(bytes) { missed.append(offset) }
      bytes[offset] = good[offset]
    }
    #expect(missed == [], "of \(good.count) bytes")
  }

  @Test(
    "Every bit of headers and documents, and samples of a padded one",
    arguments: BundleProfile.allCases)
  func headers(profile: BundleProfile) throws {
    let good = try packed([("model.gguf", gguf(70_000, seed: 12))], options(profile))
    let first = try BundleReader(MemorySource(good)).layers[0].offset
    var generator = SeededGenerator(state: 8)
    let places =
      Array(0..<2048) + (0..<800).map { _ in Int.random(in: 0..<Int(first), using: &generator) }
      + (0..<400).map { _ in Int.random(in: 0..<good.count, using: &generator) }
    var bytes = good
    var missed: [Int] = []
    for offset in places {
      bytes[offset] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
      if !isFound(bytes) { missed.append(offset) }
      bytes[offset] = good[offset]
    }
    #expect(missed == [])
  }

  @Test("A bundle cut anywhere", arguments: BundleProfile.allCases)
  func truncated(profile: BundleProfile) throws {
    let good = try packed(Self.files, options(profile))
    for count in stride(from: 0, to: good.count, by: 61) {
      let error = code { _ = try BundleReader(MemorySource(Array(good[..<count]))) }
      #expect(error == .truncated, "\(count) of \(good.count) bytes")
    }
    #expect(isFound(good + [0]))
    #expect(isFound(good + [UInt8](repeating: 0, count: 512)))
  }

  @Test("Damaged bytes are never written under a file's name", arguments: BundleProfile.allCases)
  func neverWritten(profile: BundleProfile) throws {
    let good = try packed(Self.files, options(profile))
    var generator = SeededGenerator(state: 9)
    for round in 0..<150 {
      var bytes = good
      let offset = Int.random(in: 0..<bytes.count, using: &generator)
      bytes[offset] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
      let folder = try TemporaryFolder()
      guard let bundle = try? BundleReader(MemorySource(bytes)),
        (try? bundle.unpack(to: folder("out"))) != nil
      else {
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [])
        continue
      }
      for file in Self.files {
        #expect(try contents(folder("out/" + file.path)) == file.bytes, "round \(round): \(offset)")
      }
    }
  }

  @Test("Damage is named by file and frame (BND-43)")
  func named() throws {
    let good = try packed(sampleFiles, options(.zstd))
    let bundle = try BundleReader(MemorySource(good))
    let index = try #require(bundle.files.first { $0.path == "model.gguf" }).layer
    let layer = bundle.layers[index]
    let table = try #require(layer.table)
    var bytes = good
    for frame in [1, 3] {
      let place = layer.offset + table.frames[frame].offset + 1000
      bytes[Int(place)] ^= 4
    }
    let check = try BundleReader(MemorySource(bytes, name: "x.oci.tar")).verify(workers: 2)
    #expect(check.problems.map(\.code) == [.digestMismatch, .digestMismatch])
    #expect(check.problems.map(\.source) == ["x.oci.tar#model.gguf", "x.oci.tar#model.gguf"])
    #expect(check.problems[0].message.hasPrefix("frame 1 (1048576 bytes from 1048576 on)"))
    #expect(check.problems[1].message.hasPrefix("frame 3 "))
    #expect(check.problems[0].offset == layer.offset + table.frames[1].offset)
    // The other files are still checked, and their digests known.
    #expect(check.digests.filter { $0 == nil }.count == 1)
    #expect(throws: IOError.self) {
      _ = try BundleTree(MemorySource(bytes)).open("model.gguf").readBytes(at: 1_100_000, count: 9)
    }
  }
}
