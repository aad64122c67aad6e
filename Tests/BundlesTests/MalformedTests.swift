import Foundation
import TestSupport
import Testing
import WeighbridgeByteIO

@testable import WeighbridgeBundles

/// Every file of `Fixtures/malformed/bundle`, whose `.error` says where it is found, and the code.
@Suite("Bundles: malformed")
struct MalformedTests {
  static let names: [String] = {
    let folder = SharedData.fixture("malformed/bundle")
    let files = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return files.filter { $0.hasSuffix(".tar") }.sorted()
  }()

  @Test("There are such files")
  func present() { #expect(Self.names.count > 100) }

  @Test("A wrong bundle is refused, by the right code, and leaves nothing behind", arguments: names)
  func refused(name: String) throws {
    let path = SharedData.fixture("malformed/bundle/" + name)
    let expected = try String(
      decoding: contents(path.dropLast(4) + ".error"), as: UTF8.self
    ).split { $0 == " " || $0 == "\n" }.map(String.init)
    let folder = try TemporaryFolder()
    switch expected[0] {
    case "open":
      #expect(code { _ = try BundleReader(FileSource(path: path)) }?.rawValue == expected[1])
    default:
      let bundle = try BundleReader(FileSource(path: path))
      #expect(bundle.verify(workers: 2).problems.first?.code.rawValue == expected[1])
      // Nothing but the identity and blobs that no layer is concern files.
      guard !["identity.tar", "stray-blob.tar"].contains(name) else { return }
      #expect(code { try bundle.unpack(to: folder("out")) }?.rawValue == expected[1])
      try FileManager.default.createDirectory(
        atPath: folder("there"), withIntermediateDirectories: false)
      #expect(code { try bundle.unpack(to: folder("there")) }?.rawValue == expected[1])
      #expect(folder.files == [])
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["there"])
    }
  }

  @Test("Each error is one line that names the file")
  func messages() {
    for name in Self.names {
      do {
        let bundle = try BundleReader(
          FileSource(path: SharedData.fixture("malformed/bundle/" + name)))
        for problem in bundle.verify().problems { throw problem }
      } catch {
        let line = "\(error)"
        #expect(line.contains(name) && !line.contains("\n"), "\(line)")
      }
    }
  }
}
