import Foundation
import Testing
import WeighbridgeByteIO

@testable import WeighbridgeBundles

@Suite("Tar")
struct TarTests {
  private func read(_ bytes: [UInt8]) throws -> [TarEntry] {
    let reader = TarReader(SourceStream(MemorySource(bytes)), limits: .default)
    var entries: [TarEntry] = []
    while let entry = try reader.next() { entries.append(entry) }
    return entries
  }

  @Test("Headers are read back, with long names, sizes beyond 8 GiB and padding")
  func headers() throws {
    let end = [UInt8](repeating: 0, count: TarHeader.endBytes)
    let long = ByteString(String(repeating: "folder/", count: 40) + "Größe")
    for path in ["a", long, ByteString(String(repeating: "x", count: 100))] {
      let header = TarHeader(path: path, byteCount: 0)
      let entries = try read(header.encoded + end)
      #expect(entries.map(\.path) == [path])
      #expect(header.encoded.count % 512 == 0)
      var padded = TarHeader(path: path, byteCount: 0, comment: Array("note".utf8), largest: .max)
      #expect(padded.recordsSize)
      for count in stride(from: padded.reservedBytes, to: 1 << 17, by: 15 * 512) {
        let bytes = try #require(padded.encoded(filling: count))
        #expect(bytes.count == count)
        let entry = try #require(read(bytes + end).first)
        #expect(entry.path == path && entry.byteCount == 0 && entry.recordsSize)
        #expect(entry.contentOffset == UInt64(count))
        #expect(entry.comment?.starts(with: Array("note ".utf8)) == true)
      }
      #expect(padded.encoded(filling: padded.reservedBytes - 512) == nil)
      #expect(padded.encoded(filling: padded.reservedBytes + 1) == nil)
      padded.byteCount = 1 << 40
      let bytes = try #require(padded.encoded(filling: padded.reservedBytes))
      let huge = LargeSource(bytes, byteCount: UInt64(bytes.count) + 1 << 40 + 1024)
      let reader = TarReader(SourceStream(huge), limits: .default)
      #expect(try reader.next()?.byteCount == 1 << 40)
      #expect(try reader.next() == nil)
    }
  }

  @Test("GNU tar and Python read the same sizes and names", arguments: [1 << 10, 1 << 33, 1 << 36])
  func largeSizes(byteCount: Int) throws {
    // A sparse file: its contents are a hole.
    let folder = try TemporaryFolder()
    let path = folder("large.tar")
    let header = TarHeader(
      path: "blobs/größe", byteCount: UInt64(byteCount), comment: [], largest: UInt64(byteCount))
    let file = try AtomicFile(path: path, byteCount: nil)
    try file.sink.write(header.encoded, at: 0)
    try file.sink.truncate(to: UInt64(header.encoded.count + byteCount + 1024))
    try file.commit()
    guard let tar = try run("tar", ["-tvf", path, "--quoting-style=literal"]) else { return }
    #expect(tar.status == 0)
    let text = String(decoding: tar.output, as: UTF8.self)
    #expect(text.contains(" \(byteCount) ") && text.contains("blobs/größe"))
    let script = "import tarfile,sys\nfor m in tarfile.open(sys.argv[1]): print(m.size, m.name)"
    let python = try run("python3", ["-c", script, path])
    #expect(
      python.map { String(decoding: $0.output, as: UTF8.self) } ?? "\(byteCount) blobs/größe\n"
        == "\(byteCount) blobs/größe\n")
  }

  @Test("Random changes never trap, and never read past the end")
  func fuzz() throws {
    let good = try packed([("a.gguf", gguf(3000, seed: 1))], options(.zstd))
    var generator = SeededGenerator(state: 2026)
    for _ in 0..<3000 {
      var bytes = good
      for _ in 0..<Int.random(in: 1...8, using: &generator) {
        let place = Int.random(in: 0..<bytes.count, using: &generator)
        bytes[place] = UInt8.random(in: 0...255, using: &generator)
        // Where a header changed, its checksum is made right, so that more of it is read.
        let block = place / 512 * 512
        if bytes[block + 257..<block + 262].elementsEqual("ustar".utf8) {
          bytes.replaceSubrange(block + 148..<block + 156, with: [UInt8](repeating: 32, count: 8))
          let sum = bytes[block..<block + 512].reduce(0) { $0 + Int($1) }
          let digits = Array(String(sum, radix: 8).utf8)
          bytes.replaceSubrange(
            block + 148..<block + 154,
            with: [UInt8](repeating: 48, count: 6 - digits.count) + digits)
        }
      }
      // Any error will do; a sound bundle can only be one whose changes undid each other.
      if let bundle = try? BundleReader(MemorySource(bytes)), bundle.verify().isSound {
        #expect(try BundleTree(bundle).open("a.gguf").readPrefix(.max) == gguf(3000, seed: 1))
      }
    }
  }
}

/// Bytes, and zeros up to a size.
private struct LargeSource: ByteSource {
  let name = "large"
  let byteCount: UInt64
  private let start: MemorySource

  init(_ bytes: [UInt8], byteCount: UInt64) {
    start = MemorySource(bytes)
    self.byteCount = byteCount
  }

  func read(at offset: UInt64, into buffer: inout MutableRawSpan) throws(IOError) {
    if offset < start.byteCount { return try start.read(at: offset, into: &buffer) }
    for index in 0..<buffer.byteCount {
      buffer.storeBytes(of: 0, toByteOffset: index, as: UInt8.self)
    }
  }
}
