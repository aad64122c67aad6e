import Foundation
import TestSupport
import Testing
import WeighbridgeByteIO
import WeighbridgeDigests
import WeighbridgeJSON
import WeighbridgeZstd

@testable import WeighbridgeBundles

/// The profile `dense` (BND-17 to BND-19).
@Suite("Bundles: dense")
struct DenseTests {
  /// A file of tensors in many encodings, of which two are the same, with bytes in between.
  static let file: (bytes: [UInt8], tensors: [BundleTensor]) = {
    var bytes = gguf(3_000, seed: 31)
    var tensors: [BundleTensor] = []
    func add(_ name: String, _ encoding: String, _ blockBytes: Int, _ content: [UInt8]) {
      tensors.append(
        BundleTensor(
          name: ByteString(name), encoding: encoding, blockBytes: blockBytes,
          shape: [content.count / blockBytes], offset: UInt64(bytes.count),
          byteCount: UInt64(content.count)))
      bytes += content + [UInt8](repeating: 0, count: 7)
    }
    let large = weights(2_400_000, seed: 32)
    add("a", "BF16", 2, large)
    add("b", "BF16", 2, large)
    for (index, row) in PlanarTransform.table.enumerated() {
      add(row.name, row.name, row.blockBytes, weights(row.blockBytes * 40, seed: UInt64(index)))
    }
    add("unknown", "Q9_X", 11, weights(11_000, seed: 33))
    add("uneven", "Q4_0", 18, weights(5_000, seed: 34))
    add("small", "F32", 4, weights(64, seed: 35))
    bytes += weights(77, seed: 36)
    return (bytes, tensors)
  }()

  private func pack(
    _ bytes: [UInt8], _ tensors: [BundleTensor], workers: Int = 2
  ) throws -> [UInt8] {
    let folder = try TemporaryFolder()
    let input = BundleInput(
      path: "model.gguf", source: MemorySource(bytes, name: "model.gguf"), tensors: tensors)
    _ = try BundleWriter.pack(
      [input], to: folder("x.oci.tar"), options: options(.dense, workers: workers))
    return try FileSource(path: folder("x.oci.tar")).readPrefix(.max)
  }

  @Test("Tensors of every encoding come back, from any number of workers the same bytes")
  func everyEncoding() throws {
    let (bytes, tensors) = Self.file
    let packed = try pack(bytes, tensors)
    #expect(try pack(bytes, tensors.reversed(), workers: 3) == packed)
    let bundle = try BundleReader(MemorySource(packed))
    #expect(bundle.verify(workers: 2).problems == [])
    let source = try bundle.open(bundle.files[0])
    #expect(try source.readPrefix(.max) == bytes)
    let folder = try TemporaryFolder()
    try bundle.unpack(to: folder("out"))
    #expect(try contents(folder("out/model.gguf")) == bytes)
  }

  @Test("A tensor that is there twice is stored once (BND-18)")
  func duplicates() throws {
    let (bytes, tensors) = Self.file
    let bundle = try BundleReader(MemorySource(pack(bytes, tensors)))
    let parts = try #require(bundle.layers[0].parts as? PlanarParts)
    let repeated = (0..<parts.count).filter { parts.place($0).isRepeated }
    // 2,400,000 bytes are three chunks.
    #expect(repeated.count >= 3)
    let regions = parts.contents.regions.filter { $0.tensor != nil }
    #expect(regions[0].digests == regions[1].digests)
    // One tensor is read without the others: no more than its chunks.
    #expect(regions.first { $0.tensor?["name"] == "uneven" }?.transform == .bytes)
  }

  @Test("Whatever is said of tensors, the file comes back")
  func lies() throws {
    let bytes = weights(70_001, seed: 40)
    func tensor(_ offset: UInt64, _ count: UInt64) -> BundleTensor {
      BundleTensor(
        name: "x", encoding: "F32", blockBytes: 4, shape: [], offset: offset, byteCount: count)
    }
    for tensors in [
      [tensor(0, 70_000), tensor(100, 2_000)], [tensor(70_000, 4)], [tensor(UInt64.max, 4_096)],
      [tensor(1, UInt64.max)], [tensor(3, 69_998)], [tensor(1_000, 2_000), tensor(2_000, 2_000)],
    ] {
      let bundle = try BundleReader(MemorySource(pack(bytes, tensors)))
      #expect(try bundle.open(bundle.files[0]).readPrefix(.max) == bytes)
    }
  }

  @Test("BF16 takes what its bits are worth, and so does F32 that holds nothing else")
  func ratios() throws {
    // Half of the bytes are noise, the others one of four: 5/8 of 2,400,000 bytes.
    let (bytes, tensors) = (weights(2_400_000, seed: 41), [tensor("BF16", 2, 2_400_000)])
    let packed = try pack(bytes, tensors)
    #expect(Double(packed.count) < 0.64 * 2_400_000)
    var single: [UInt8] = []
    for pair in stride(from: 0, to: 800_000, by: 2) { single += [0, 0] + bytes[pair..<pair + 2] }
    let upcast = try pack(single, [tensor("F32", 4, UInt64(single.count))])
    #expect(Double(upcast.count) < 0.33 * Double(single.count))
  }

  private func tensor(_ encoding: String, _ blockBytes: Int, _ count: UInt64) -> BundleTensor {
    BundleTensor(
      name: "w", encoding: encoding, blockBytes: blockBytes, shape: [], offset: 0,
      byteCount: count)
  }

  @Test("A layer is frames that zstd tests and decompresses (BND-17)")
  func zstd() throws {
    let folder = try TemporaryFolder()
    let bundle = try BundleReader(MemorySource(pack(Self.file.bytes, Self.file.tensors)))
    let file = folder("layer.zst")
    try Data(bundle.layers[0].blob.readPrefix(.max)).write(to: URL(fileURLWithPath: file))
    guard let tested = try run("zstd", ["-t", "-q", file]) else { return }
    #expect(tested.status == 0)
    let content = try #require(try run("zstd", ["-d", "-q", "-c", file]))
    let table = try #require(bundle.layers[0].table)
    #expect(content.output.count == Int(table.contentByteCount))
  }

  @Test("Damage is named by file, tensor and chunk (BND-43)")
  func damage() throws {
    let (bytes, tensors) = Self.file
    var packed = try pack(bytes, tensors)
    let bundle = try BundleReader(MemorySource(packed))
    let layer = bundle.layers[0]
    let place = try #require(layer.parts).place(2)
    packed[Int(layer.offset + place.offset) + 300] ^= 16
    let check = try BundleReader(MemorySource(packed, name: "x")).verify(workers: 2)
    // The chunk is used by both tensors.
    #expect(check.problems.count == 2)
    #expect(check.problems[0].message.hasPrefix("chunk 2 (1048576 bytes from 1051580 on, of 'a')"))
    #expect(check.problems[0].source == "x#model.gguf")
    #expect(check.problems[0].offset == layer.offset + place.offset)
  }
}
