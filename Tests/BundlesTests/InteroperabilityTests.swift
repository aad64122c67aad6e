import Foundation
import TestSupport
import Testing
import WeighbridgeByteIO
import WeighbridgeDigests
import WeighbridgeJSON

@testable import WeighbridgeBundles

/// Other programs read what this library writes, and this library what they write.
///
/// Each test says loudly that it did not run where a program is missing.
@Suite("Bundles: other programs")
struct InteroperabilityTests {
  private func pack(_ profile: BundleProfile, in folder: TemporaryFolder) throws -> BundleReader {
    _ = try BundleWriter.pack(
      inputs(sampleFiles), description: sampleDescription, to: folder("x.oci.tar"),
      options: options(profile))
    return try BundleReader(FileSource(path: folder("x.oci.tar")))
  }

  @Test("tar lists and extracts a bundle (BND-10)", arguments: BundleProfile.allCases)
  func tar(profile: BundleProfile) throws {
    let folder = try TemporaryFolder()
    let bundle = try pack(profile, in: folder)
    try FileManager.default.createDirectory(
      atPath: folder("tar"), withIntermediateDirectories: true)
    guard let result = try run("tar", ["-xf", folder("x.oci.tar"), "-C", folder("tar")]) else {
      return
    }
    #expect(result.status == 0)
    for entry in bundle.archive.entries {
      let bytes = try contents(folder("tar/" + entry.path.text))
      let expected = try bundle.archive.contents(of: entry, name: "").readPrefix(.max)
      #expect(bytes == expected)
      guard entry.path.hasPrefix("blobs/") else { continue }
      #expect(entry.path == ByteString(Descriptor.path(SHA256.hash(bytes))))
    }
  }

  @Test("zstd tests each layer, and zstd -d | tar x gives the files (BND-14)")
  func zstd() throws {
    let folder = try TemporaryFolder()
    let bundle = try pack(.zstd, in: folder)
    for (index, layer) in bundle.layers.enumerated() {
      let file = folder("\(index).zst")
      try Data(layer.blob.readPrefix(.max)).write(to: URL(fileURLWithPath: file))
      guard let tested = try run("zstd", ["-t", "-q", file]) else { return }
      #expect(tested.status == 0)
      #expect(try run("zstd", ["-d", "-q", file, "-o", folder("\(index).tar")])?.status == 0)
      let diff = try SHA256.hash(contents(folder("\(index).tar")))
      #expect(diff == layer.diffID)
      try FileManager.default.createDirectory(
        atPath: folder("\(index)"), withIntermediateDirectories: true)
      let extracted = try run("tar", ["-xf", folder("\(index).tar"), "-C", folder("\(index)")])
      #expect(extracted?.status == 0)
      let path = layer.entries[0].path.text
      let sample = try #require(sampleFiles.first { $0.path == path })
      #expect(try contents(folder("\(index)/" + path)) == sample.bytes)
    }
  }

  @Test(
    "skopeo copies a bundle with its digest unchanged (BND-10)",
    arguments: BundleProfile.allCases)
  func skopeo(profile: BundleProfile) throws {
    let folder = try TemporaryFolder()
    let bundle = try pack(profile, in: folder)
    let archive = "oci-archive:" + folder("x.oci.tar") + ":latest"
    guard let raw = try run("skopeo", ["inspect", "--raw", archive]) else { return }
    #expect(raw.status == 0)
    #expect("sha256:" + SHA256.hash(raw.output).hexadecimal == bundle.manifestDigest)
    #expect(
      try run("skopeo", ["copy", "-q", archive, "oci:" + folder("layout") + ":latest"])?.status
        == 0)
    let index = try JSONValue.parse(contents(folder("layout/index.json")))
    #expect(index["manifests"]?.array?.first?["digest"]?.text == bundle.manifestDigest)

    // skopeo's own archive, in another order, from another tar writer.
    let copy = "oci-archive:" + folder("copy.tar") + ":latest"
    #expect(try run("skopeo", ["copy", "-q", archive, copy])?.status == 0)
    let copied = try BundleReader(FileSource(path: folder("copy.tar")))
    #expect(copied.manifestDigest == bundle.manifestDigest)
    #expect(copied.identity == bundle.identity)
    #expect(copied.files.map(\.digest) == bundle.files.map(\.digest))
    #expect(copied.verify().problems == [])
    try copied.unpack(to: folder("out"))
    for sample in sampleFiles {
      #expect(try contents(folder("out/" + sample.path)) == sample.bytes)
    }

    // GNU tar of a layout, with ./ in front of every path.
    let tarred = try run("tar", ["-cf", folder("dot.tar"), "-C", folder("layout"), "."])
    #expect(tarred?.status == 0)
    let dotted = try BundleReader(FileSource(path: folder("dot.tar")))
    #expect(dotted.files.map(\.digest) == bundle.files.map(\.digest))
    #expect(dotted.verify().problems == [])
  }
}
