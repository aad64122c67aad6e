import Foundation
import TestSupport
import Testing
import WeighbridgeByteIO
import WeighbridgeDigests
import WeighbridgeJSON

@testable import WeighbridgeBundles

/// The documents against the schemas of OCI's image specification and of ModelPack, whose rules are
/// written down here once more.
@Suite("Bundles: documents")
struct SchemaTests {
  @Test("The configuration follows ModelPack's schema (BND-32)", arguments: BundleProfile.allCases)
  func configuration(profile: BundleProfile) throws {
    var full = sampleDescription
    full.version = "1"
    full.vendor = "v"
    full.authors = ["a", "b"]
    full.title = "t"
    full.summary = "s"
    full.sourceURL = "https://example.org"
    full.revision = "main"
    full.quantization = "Q4_K_M"
    for description in [BundleDescription(), sampleDescription, full] {
      let folder = try TemporaryFolder()
      _ = try BundleWriter.pack(
        inputs(sampleFiles), description: description, to: folder("x"), options: options(profile))
      let bundle = try BundleReader(FileSource(path: folder("x")))
      let root = bundle.configuration
      try keys(root, required: ["config", "descriptor", "modelfs"], optional: [])
      let descriptor = try #require(root["descriptor"])
      try keys(
        descriptor, required: [],
        optional: [
          "authors", "createdAt", "datasetsURL", "description", "docURL", "family", "licenses",
          "name", "revision", "sourceURL", "title", "vendor", "version",
        ])
      for key in ["authors", "datasetsURL", "licenses"] as [ByteString] {
        #expect(descriptor[key]?.array?.allSatisfy { $0.text != nil } ?? true)
      }
      #expect(descriptor["name"]?.text?.isEmpty != true)
      let config = try #require(root["config"])
      try keys(
        config, required: [],
        optional: ["architecture", "format", "paramSize", "precision", "quantization"])
      #expect(config.object?.members.allSatisfy { $0.value.text != nil } == true)
      let layers = try #require(root["modelfs"])
      try keys(layers, required: ["diffIds", "type"], optional: [])
      #expect(layers["type"]?.text == "layers")
      #expect(layers["diffIds"]?.array?.count == sampleFiles.count)
      #expect(layers["diffIds"]?.array?.allSatisfy { isDigest($0) } == true)
    }
  }

  @Test(
    "Index and manifest follow OCI's schemas, layers have ModelPack's types (BND-11, BND-14)",
    arguments: BundleProfile.allCases)
  func manifest(profile: BundleProfile) throws {
    let bundle = try BundleReader(MemorySource(packed(sampleFiles, options(profile))))
    func document(_ path: String) throws -> JSONValue {
      try JSONValue.parse(bundle.archive.document(path, limits: .default))
    }
    #expect(try document("oci-layout") == ["imageLayoutVersion": "1.0.0"])
    let index = try document("index.json")
    try keys(index, required: ["manifests", "mediaType", "schemaVersion"], optional: [])
    #expect(index["schemaVersion"] == 2)
    let entries = try #require(index["manifests"]?.array)
    #expect(entries.count == 1)
    try keys(
      entries[0], required: ["annotations", "artifactType", "digest", "mediaType", "size"],
      optional: [])
    #expect(entries[0]["annotations"]?["org.opencontainers.image.ref.name"] == "latest")
    let path = "blobs/sha256/" + (entries[0]["digest"]?.text?.dropFirst(7) ?? "")
    let manifest = try document(path)
    try keys(
      manifest, required: ["artifactType", "config", "layers", "mediaType", "schemaVersion"],
      optional: profile == .raw ? [] : ["annotations"])
    #expect(manifest["mediaType"] == "application/vnd.oci.image.manifest.v1+json")
    let vendor = profile == .dense ? "weighbridge.bundle" : "cncf.model"
    #expect(manifest["artifactType"]?.text == "application/vnd.\(vendor).manifest.v1+json")
    #expect(
      manifest["config"]?["mediaType"]?.text == "application/vnd.\(vendor).config.v1+json")
    let kinds = [
      "README.md": "doc", "config.json": "weight.config", "empty.txt": "weight.config",
      "mmproj/vision.gguf": "weight", "model.gguf": "weight", "tokenizer.json": "weight.config",
    ]
    for layer in try #require(manifest["layers"]?.array) {
      try keys(layer, required: ["annotations", "digest", "mediaType", "size"], optional: [])
      #expect(isDigest(layer["digest"] ?? .null))
      #expect(layer["size"]?.integer != nil)
      let name = try #require(layer["annotations"]?["org.cncf.model.filepath"]?.text)
      #expect(layer["annotations"]?["org.opencontainers.image.title"]?.text == name)
      let kind = kinds[name] ?? "code"
      let suffix =
        switch profile {
        case .raw: "raw"
        case .zstd: "tar+zstd"
        case .dense: kind == "weight" ? "planes+zstd" : "file+zstd"
        }
      let type = "application/vnd.\(vendor).\(kind).v1.\(suffix)"
      #expect(layer["mediaType"]?.text == type)
      let text = try #require(layer["annotations"]?["org.cncf.model.file.metadata+json"]?.string)
      let metadata = try JSONValue.parse(text.bytes)
      try keys(
        metadata, required: ["gid", "mode", "mtime", "name", "size", "typeflag", "uid"],
        optional: [])
      let sample = try #require(sampleFiles.first { $0.path == name })
      #expect(metadata["size"]?.integer == sample.bytes.count)
      #expect(metadata["mode"] == 420)
    }
    // What describes comes before what is described, and weights last (BND-11).
    let order = bundle.archive.entries.map(\.path.text)
    #expect(order[..<3] == ["oci-layout", "index.json", path])
    #expect(order[3] == Descriptor.path(try #require(configurationDigest(manifest))))
    let weights = Set(bundle.layers.filter { $0.kind == .weight }.map(\.descriptor.path))
    #expect(Set(order.suffix(2)) == weights)
  }

  @Test("The number of parameters is written as ModelPack wants it")
  func parameterSize() {
    let cases: [(UInt64, String)] = [
      (22_713_216, "22.7m"), (6_738_415_616, "6.7b"), (8_030_261_248, "8b"),
      (999_949_999, "999.9m"), (999_950_000, "1b"), (405_853_388_800, "405.9b"),
      (1_000_000_000_000, "1t"), (292_800, "292.8k"), (50, "0.1k"), (0, "0k"),
      (.max, "18446.7q"),
    ]
    for (count, text) in cases {
      #expect(BundleDescription.parameterSize(count) == text)
    }
  }

  @Test("A kind is told from bytes before names")
  func kinds() throws {
    let safetensors: [UInt8] = [2, 0, 0, 0, 0, 0, 0, 0] + Array("{}".utf8)
    let cases: [(String, [UInt8], BundleFileKind, Bool)] = [
      ("model", Array("GGUF".utf8), .weight, true), ("x.json", safetensors, .weight, true),
      ("x.json", Array("{}".utf8), .weightConfig, true), ("LICENSE", [], .doc, true),
      ("USE_POLICY.md", [], .doc, true), ("LICENSE.txt", [], .doc, true),
      ("merges.txt", [], .weightConfig, true), ("chat_template.jinja", [], .weightConfig, true),
      ("pytorch_model.bin", [], .weight, true), ("modeling.py", [], .code, true),
      ("train.jsonl", [], .dataset, true), ("strange.xyz", [], .weightConfig, false),
    ]
    for (name, bytes, kind, isCertain) in cases {
      let found = BundleFileKind.classify(
        try BundlePath(ByteString(name)), prefix: bytes, byteCount: UInt64(bytes.count))
      #expect(found.kind == kind && found.isCertain == isCertain, "\(name)")
    }
    let large = BundleFileKind.classify(
      try BundlePath("strange.xyz"), prefix: [], byteCount: 1 << 30)
    #expect(large.kind == .weight && !large.isCertain)
  }

  private func configurationDigest(_ manifest: JSONValue) -> Digest? {
    manifest["config"]?["digest"]?.text.flatMap { Digest(reference: $0) }
  }

  private func keys(
    _ value: JSONValue, required: Set<ByteString>, optional: Set<ByteString>,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let members = try #require(value.object, sourceLocation: sourceLocation).members
    let found = Set(members.map(\.key))
    #expect(found.isSuperset(of: required), sourceLocation: sourceLocation)
    #expect(found.isSubset(of: required.union(optional)), sourceLocation: sourceLocation)
    // Canonical: sorted by bytes.
    #expect(members.map(\.key) == members.map(\.key).sorted(), sourceLocation: sourceLocation)
  }

  private func isDigest(_ value: JSONValue) -> Bool {
    let text = value.text ?? ""
    return text.hasPrefix("sha256:") && text.count == 71
      && text.dropFirst(7).allSatisfy { $0.isHexDigit && !$0.isUppercase }
  }
}
