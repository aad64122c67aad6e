import Foundation
import TestSupport
import Testing
import WeighbridgeByteIO
import WeighbridgeDigests
import WeighbridgeJSON

@testable import WeighbridgeBundles

@Suite("Bundles: round trip")
struct RoundTripTests {
  @Test("What is packed is unpacked bit for bit (BND-1, BND-60)", arguments: BundleProfile.allCases)
  func roundTrip(profile: BundleProfile) throws {
    let folder = try TemporaryFolder()
    let summary = try BundleWriter.pack(
      inputs(sampleFiles), description: sampleDescription, to: folder("x.oci.tar"),
      options: options(profile))
    let bundle = try BundleReader(FileSource(path: folder("x.oci.tar")))
    #expect(bundle.byteCount == summary.byteCount)
    #expect(bundle.profile == profile)
    #expect(bundle.identity == summary.identity)
    #expect(bundle.manifestDigest == summary.manifestDigest)
    #expect(bundle.reference == "latest")
    let sorted = sampleFiles.sorted { ByteString($0.path) < ByteString($1.path) }
    #expect(bundle.files.map(\.path) == sorted.map(\.path))
    for (file, sample) in zip(bundle.files, sorted) {
      #expect(file.digest == "sha256:" + SHA256.hash(sample.bytes).hexadecimal)
      #expect(file.byteCount == UInt64(sample.bytes.count))
      #expect(file.isSeekable)
    }
    #expect(bundle.verify(workers: 2).problems == [])
    var unpacking = UnpackOptions()
    unpacking.workers = 2
    try bundle.unpack(to: folder("out"), options: unpacking)
    for sample in sampleFiles {
      #expect(try contents(folder("out/" + sample.path)) == sample.bytes, "\(sample.path)")
    }
    // The bundle, the files, and nothing left over.
    #expect(folder.files.count == sampleFiles.count + 1)
  }

  @Test(
    "The bytes are the same for any number of workers and any order of inputs (BND-3)",
    arguments: BundleProfile.allCases)
  func determinism(profile: BundleProfile) throws {
    let one = try packed(sampleFiles, options(profile, workers: 1))
    for workers in [2, 3, 8] {
      #expect(try packed(sampleFiles.reversed(), options(profile, workers: workers)) == one)
    }
  }

  @Test("The identity depends on the files and their description alone (BND-41)")
  func identity() throws {
    let raw = try BundleReader(MemorySource(packed(sampleFiles, options(.raw))))
    let zstd = try BundleReader(MemorySource(packed(sampleFiles, options(.zstd))))
    #expect(raw.identity == zstd.identity)
    #expect(raw.identity == raw.manifestDigest)
    #expect(zstd.identity != zstd.manifestDigest)
    var changed = sampleFiles
    changed[0].bytes[1_000_000] ^= 1
    let other = try BundleReader(MemorySource(packed(changed, options(.zstd))))
    #expect(other.identity != zstd.identity)
  }

  @Test(
    "Files are read in place, at any offset, from any thread (BND-50)",
    arguments: BundleProfile.allCases)
  func members(profile: BundleProfile) throws {
    let tree = try BundleTree(MemorySource(packed(sampleFiles, options(profile))))
    let large = sampleFiles[0].bytes
    let source = try tree.open("model.gguf")
    #expect(source.byteCount == UInt64(large.count))
    DispatchQueue.concurrentPerform(iterations: 8) { worker in
      var generator = SeededGenerator(state: UInt64(worker))
      for _ in 0..<40 {
        let start = Int.random(in: 0..<large.count, using: &generator)
        let count = Int.random(in: 0...min(1_500_000, large.count - start), using: &generator)
        let read = try? source.readBytes(at: UInt64(start), count: count)
        #expect(read == Array(large[start..<start + count]))
      }
    }
    for sample in sampleFiles {
      let source = try tree.open(sample.path)
      #expect(try source.readBytes(at: 0, count: sample.bytes.count) == sample.bytes)
      #expect(throws: IOError.self) {
        _ = try source.readBytes(at: source.byteCount, count: 1)
      }
    }
    #expect(throws: IOError.self) { _ = try tree.open("absent.gguf") }
  }

  @Test("A raw bundle's weights begin at multiples of 64 KiB (BND-12)")
  func alignment() throws {
    let bundle = try BundleReader(MemorySource(packed(sampleFiles, options(.raw))))
    for layer in bundle.layers where layer.kind == .weight {
      #expect(layer.offset % 65536 == 0)
    }
  }

  @Test("The same file twice is one blob (BND-13)")
  func duplicates() throws {
    let files = [
      ("a.gguf", gguf(200_000, seed: 5)), ("b.gguf", gguf(100_000, seed: 6)),
      ("c/a.gguf", gguf(200_000, seed: 5)),
    ]
    let bytes = try packed(files, options(.raw))
    let bundle = try BundleReader(MemorySource(bytes))
    #expect(bundle.archive.entries.count == 6)
    #expect(bundle.files.count == 3)
    #expect(bundle.verify().problems == [])
    #expect(bytes.count < 500_000)
    let source = try BundleTree(bundle).open("c/a.gguf")
    #expect(try source.readPrefix(.max) == files[2].1)
  }

  @Test(
    "Real files survive", .enabled(if: SharedData.isPresent),
    arguments: BundleProfile.allCases)
  func realFiles(profile: BundleProfile) throws {
    let folder = try TemporaryFolder()
    let tree = try DirectoryTree(path: SharedData.path("fixtures/llama"))
    _ = try BundleWriter.pack(
      BundleInput.files(of: tree, under: "llama/"), to: folder("x.oci.tar"),
      options: options(profile))
    let bundle = try BundleReader(FileSource(path: folder("x.oci.tar")))
    try bundle.unpack(to: folder("out"))
    for name in tree.names {
      #expect(
        try contents(folder("out/llama/" + name))
          == contents(SharedData.path("fixtures/llama/" + name)))
    }
    let kinds = Dictionary(uniqueKeysWithValues: bundle.files.map { ($0.path, $0.kind) })
    #expect(kinds["llama/model.safetensors"] == .weight)
    #expect(kinds["llama/config.json"] == .weightConfig)
    #expect(kinds["llama/tokenizer.model"] == .weightConfig)
  }
}
