import Foundation
import Synchronization
import Testing
import WeighbridgeByteIO

@testable import WeighbridgeBundles

@Suite("Bundles: unpack")
struct UnpackTests {
  static let files: [(path: String, bytes: [UInt8])] = [
    ("model.gguf", gguf(2_000, seed: 21)), ("q4/model.gguf", gguf(3_000, seed: 22)),
    ("q4/config.json", Array("{}".utf8)), ("README.md", Array("text".utf8)),
  ]

  private func bundle(_ profile: BundleProfile = .zstd) throws -> BundleReader {
    try BundleReader(MemorySource(packed(Self.files, options(profile)), name: "x.oci.tar"))
  }

  private func folders(_ path: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: path).sorted()
  }

  @Test("Only what a pattern names (BND-63)")
  func only() throws {
    let cases: [([String], [String])] = [
      (["*.gguf"], ["model.gguf", "q4/model.gguf"]),
      (["q4/*"], ["q4/config.json", "q4/model.gguf"]),
      (["README.md", "q4/*.json"], ["README.md", "q4/config.json"]),
      (["?4/m**"], ["q4/model.gguf"]),
      (["**/*"], ["q4/config.json", "q4/model.gguf"]),
    ]
    for (patterns, expected) in cases {
      let folder = try TemporaryFolder()
      var options = UnpackOptions()
      options.only = patterns
      let written = try bundle().unpack(to: folder("out"), options: options)
      #expect(written.map(\.path) == expected)
      #expect(TemporaryFolder.files(in: folder("out")) == expected)
    }
    let folder = try TemporaryFolder()
    var options = UnpackOptions()
    options.only = ["*.bin"]
    #expect(code { try bundle().unpack(to: folder("out"), options: options) } == .missingFile)
    #expect(try folders(folder.path) == [])
  }

  @Test("A pattern of many stars takes no time")
  func stars() throws {
    let glob = Glob(String(repeating: "*a", count: 40))
    let path = try BundlePath(ByteString(String(repeating: "a", count: 250) + "b"))
    #expect(!glob.matches(path))
  }

  @Test("An existing file is kept unless told otherwise (BND-62)")
  func existing() throws {
    let folder = try TemporaryFolder()
    try FileManager.default.createDirectory(
      atPath: folder("out/q4"), withIntermediateDirectories: true)
    try Data("mine".utf8).write(to: URL(fileURLWithPath: folder("out/q4/config.json")))
    try Data("other".utf8).write(to: URL(fileURLWithPath: folder("out/other")))
    #expect(code { try bundle().unpack(to: folder("out")) } == .io)
    #expect(folder.files == ["out/other", "out/q4/config.json"])
    #expect(try contents(folder("out/q4/config.json")) == Array("mine".utf8))
    var options = UnpackOptions()
    options.replaces = true
    try bundle().unpack(to: folder("out"), options: options)
    #expect(try contents(folder("out/q4/config.json")) == Array("{}".utf8))
    #expect(folder.files.count == 5)
  }

  @Test("A link in the folder is not followed (BND-61)")
  func links() throws {
    let folder = try TemporaryFolder()
    for name in ["out", "elsewhere"] {
      try FileManager.default.createDirectory(
        atPath: folder(name), withIntermediateDirectories: false)
    }
    try FileManager.default.createSymbolicLink(
      atPath: folder("out/q4"), withDestinationPath: folder("elsewhere"))
    var options = UnpackOptions()
    options.replaces = true
    #expect(code { try bundle().unpack(to: folder("out"), options: options) } == .unsafePath)
    #expect(try folders(folder("elsewhere")) == [])
    #expect(try folders(folder("out")) == ["q4"])
    try FileManager.default.removeItem(atPath: folder("out/q4"))
    try FileManager.default.createSymbolicLink(
      atPath: folder("out/model.gguf"), withDestinationPath: folder("elsewhere/x"))
    #expect(code { try bundle().unpack(to: folder("out"), options: options) } == .io)
    #expect(try folders(folder("elsewhere")) == [])
  }

  @Test(
    "What a killed run has left is taken up, and compared in the end (BND-64)",
    arguments: BundleProfile.allCases)
  func resumes(profile: BundleProfile) throws {
    let bundle = try bundle(profile)
    let good = Self.files[0].bytes
    for isDamaged in [false, true] {
      let folder = try TemporaryFolder()
      let hidden = folder(".out.weighbridge-work")
      try FileManager.default.createDirectory(
        atPath: hidden + "/q4", withIntermediateDirectories: true)
      var begun = good
      for place in 900..<good.count { begun[place] = 0 }
      if isDamaged { begun[7] ^= 1 }
      try Data(begun).write(to: URL(fileURLWithPath: hidden + "/model.gguf"))
      // Begun, and nothing noted yet.
      try Data("{".utf8).write(to: URL(fileURLWithPath: hidden + "/q4/config.json"))
      try Data("900 model.gguf\n2000 q4/mod".utf8).write(
        to: URL(fileURLWithPath: hidden + "/.weighbridge-progress"))
      var options = UnpackOptions()
      options.resumes = true
      // An archive is read from its start; the others go on, and find out.
      if isDamaged, profile != .zstd {
        #expect(code { try bundle.unpack(to: folder("out"), options: options) } == .digestMismatch)
        #expect(try folders(folder.path) == [".out.weighbridge-work"])
      }
      try bundle.unpack(to: folder("out"), options: options)
      #expect(try folders(folder.path) == ["out"])
      #expect(TemporaryFolder.files(in: folder("out")).count == 4)
      for file in Self.files { #expect(try contents(folder("out/" + file.path)) == file.bytes) }
    }
  }

  @Test("A file in the place of the folder is an error")
  func notAFolder() throws {
    let folder = try TemporaryFolder()
    try Data("x".utf8).write(to: URL(fileURLWithPath: folder("out")))
    #expect(code { try bundle().unpack(to: folder("out")) } == .io)
    #expect(try contents(folder("out")) == Array("x".utf8))
  }

  @Test("An existing bundle is kept unless told otherwise; a failed one does not appear (BND-2)")
  func packing() throws {
    let folder = try TemporaryFolder()
    let path = folder("x.oci.tar")
    try Data("mine".utf8).write(to: URL(fileURLWithPath: path))
    #expect(
      code { _ = try BundleWriter.pack(inputs(Self.files), to: path, options: options(.raw)) }
        == .io)
    #expect(try contents(path) == Array("mine".utf8))
    var replacing = options(.raw)
    replacing.replaces = true
    _ = try BundleWriter.pack(inputs(Self.files), to: path, options: replacing)
    #expect(try BundleReader(FileSource(path: path)).files.count == 4)
    for profile in BundleProfile.allCases {
      let failing =
        inputs(Self.files) + [
          BundleInput(path: "z.gguf", source: FailingSource(byteCount: 5 << 20))
        ]
      let failed = code {
        _ = try BundleWriter.pack(failing, to: folder("y.oci.tar"), options: options(profile))
      }
      #expect(failed == .io)
    }
    #expect(folder.files == ["x.oci.tar"])
  }

  @Test("Paths that no bundle may have are refused when packing (BND-20, BND-21)")
  func wrongInputs() throws {
    let folder = try TemporaryFolder()
    func refusal(_ paths: String...) -> FormatError.Code? {
      code {
        _ = try BundleWriter.pack(
          paths.map { BundleInput(path: $0, source: MemorySource([1])) }, to: folder("x"))
      }
    }
    #expect(refusal() == .invalidValue)
    for path in ["", "/a", "../a", "a/..", "a//b", "a\\b", "C:x", "a\u{0}", "a/", "."] {
      #expect(refusal(path) == .unsafePath, "'\(path)'")
    }
    #expect(refusal("a", "a") == .duplicateName)
    #expect(refusal("a", "a/b") == .duplicateName)
    // Spelled differently, and so different files.
    #expect(refusal("\u{E9}", "e\u{301}") == nil)
  }

  @Test("Progress adds up to the whole")
  func progress() throws {
    let folder = try TemporaryFolder()
    let observer = Counter()
    _ = try BundleWriter.pack(
      inputs(Self.files), to: folder("x"), options: options(.raw), progress: observer)
    let total = Self.files.reduce(0) { $0 + $1.bytes.count }
    #expect(observer.counts == Counter.Counts(total: total, done: total, open: 0))
    try BundleReader(FileSource(path: folder("x"))).unpack(to: folder("out"), progress: observer)
    #expect(observer.counts == Counter.Counts(total: 2 * total, done: 2 * total, open: 0))
  }
}

/// A file that cannot be read past its first megabyte.
private struct FailingSource: ByteSource {
  let name = "failing"
  let byteCount: UInt64

  func read(at offset: UInt64, into buffer: inout MutableRawSpan) throws(IOError) {
    guard offset < 1 << 20 else { throw IOError(.read, path: name, reason: "a bad sector") }
  }
}

private final class Counter: ProgressObserver {
  struct Counts: Equatable {
    var total = 0
    var done = 0
    var open = 0
  }
  private let state = Mutex(Counts())

  var counts: Counts { state.withLock { $0 } }

  func begin(_ activity: String, total: UInt64, unit: ProgressUnit) {
    state.withLock {
      $0.total += Int(total)
      $0.open += 1
    }
  }
  func advance(by amount: UInt64) { state.withLock { $0.done += Int(amount) } }
  func end() { state.withLock { $0.open -= 1 } }
}
