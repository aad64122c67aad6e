import Foundation
import TestSupport
import Testing
import WeighbridgeByteIO
import WeighbridgeDigests
import WeighbridgeJSON
import WeighbridgeModelIR

@testable import Weighbridge

/// What a bundle becomes for other programs.
@Suite struct ExportTests {
  private let folder: TemporaryFolder
  private let model: [UInt8]

  init() throws {
    folder = try TemporaryFolder()
    model = try TinyModel().bytes()
    try Data(model).write(to: URL(fileURLWithPath: path("m.gguf")))
    try Data("# A model\n".utf8).write(to: URL(fileURLWithPath: path("README.md")))
  }

  private func path(_ name: String) -> String { folder.path + "/" + name }
  private func bytes(_ name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(fileURLWithPath: path(name))))
  }
  private func sha256(_ bytes: [UInt8]) -> String { SHA256.hash(bytes).hexadecimal }

  private func packed() throws -> ModelBundle {
    try ModelBundle.pack([path("m.gguf"), path("README.md")], to: path("b.oci.tar"))
  }

  @Test func profilesBecomeEachOther() throws {
    let bundle = try packed()
    for profile in [ModelBundle.Profile.raw, .zstd] {
      let output = path("\(profile.rawValue).oci.tar")
      let other = try bundle.repack(to: output, profile: profile)
      _ = try ModelBundle.pack(
        [path("m.gguf"), path("README.md")], to: path("direct.tar"), profile: profile,
        replaces: true)
      #expect(other.identity == bundle.identity && other.profile == profile)
      #expect(try bytes("\(profile.rawValue).oci.tar") == bytes("direct.tar"))
    }
  }

  /// ollama's store: `manifests/HOST/NAMESPACE/MODEL/TAG`, `blobs/sha256-…`; the texts are what Go's
  /// encoder makes of its structures.
  @Test func ollamaFindsWhatItExpects() throws {
    let store = path("store")
    let names = try packed().addToOllama(store: store, name: "Tiny:v1")
    #expect(names == ["Tiny:v1"])
    let digest = sha256(model)
    let count = try TinyModel().tensors.reduce(0) { $0 + UInt64($1.layout.shape.elementCount) }
    let configuration =
      #"{"model_format":"gguf","model_family":"llama","model_families":["llama"],"model_type":""#
      + "\(OllamaStore.humanNumber(count))"
      + #"","file_type":"F32","architecture":"amd64","os":"linux","rootfs":{"type":"layers","#
      + #""diff_ids":["sha256:\#(digest)"]}}"# + "\n"
    let text = Array(configuration.utf8)
    let manifest =
      #"{"schemaVersion":2,"mediaType":"application/vnd.docker.distribution.manifest.v2+json","#
      + #""config":{"mediaType":"application/vnd.docker.container.image.v1+json","digest":"sha256:"#
      + #"\#(sha256(text))","size":\#(text.count)},"layers":[{"mediaType":"#
      + #""application/vnd.ollama.image.model","digest":"sha256:\#(digest)","size":\#(model.count)}]}"#
      + "\n"
    #expect(
      try bytes("store/manifests/registry.ollama.ai/library/Tiny/v1") == Array(manifest.utf8))
    #expect(try bytes("store/blobs/sha256-" + sha256(text)) == text)
    #expect(try bytes("store/blobs/sha256-" + digest) == model)
    let found = try OllamaStore(path: store).model(OllamaName("Tiny:v1"))
    #expect(found == store + "/blobs/sha256-" + digest)
    // Another name in the same store: its blobs are there already.
    #expect(try packedAgain().addToOllama(store: store) == ["b:latest"])
    #expect(throws: WeighbridgeError.self) { try packedAgain().addToOllama(store: store) }
    #expect(throws: (any Error).self) { try OllamaStore(path: store).model(OllamaName("other")) }
  }

  private func packedAgain() throws -> ModelBundle { try ModelBundle(path("b.oci.tar")) }

  @Test func namesAndNumbersAreWrittenAsOllamaDoes() throws {
    for text in ["", "a/b/c/d", "../x", "a/../b", "x:", "x:a/b", ".hidden", "a b", "x:..", "é"] {
      #expect(throws: (any Error).self) { try OllamaName(text) }
    }
    let name = try OllamaName("localhost:5000/me/x.y:q4_K_M")
    #expect(name.manifestPath == "manifests/localhost:5000/me/x.y/q4_K_M")
    #expect(try OllamaName("me/x").shortText == "me/x:latest")
    let numbers: [(UInt64, String)] = [
      (8_030_261_248, "8.0B"), (134_515_008, "134.52M"), (1_000_000_000, "1B"), (2_000_000, "2M"),
      (292_800, "293K"), (12, "12"),
    ]
    for (count, text) in numbers { #expect(OllamaStore.humanNumber(count) == text) }
    #expect(GoJSON.text("<a & \"b\">\n") == #""\u003ca \u0026 \"b\"\u003e\n""#)
  }

  @Test func dockerGetsBlobsAndTheRawManifest() throws {
    let bundle = try packed()
    try bundle.exportForDocker(to: path("docker.tar"))
    let raw = try bundle.repack(to: path("raw.oci.tar"), profile: .raw)
    guard let listed = try Tool.run("tar", ["-tf", path("docker.tar")]) else { return }
    let names = String(decoding: listed, as: UTF8.self).split(separator: "\n").map(String.init)
    #expect(names.last == "manifest.json" && names.count == 4)
    let manifest = try #require(
      try Tool.run("tar", ["-xOf", path("docker.tar"), "manifest.json"]))
    #expect("sha256:" + sha256(manifest) == raw.manifestDigest)
    let blob = try #require(
      try Tool.run("tar", ["-xOf", path("docker.tar"), "blobs/sha256/" + sha256(model)]))
    #expect(blob == model)
  }

  @Test func thePrintedDecoderUnpacks() throws {
    _ = try ModelBundle.pack(
      [path("m.gguf"), path("README.md")] + quantized(), to: path("all.oci.tar"))
    try Data(ModelBundle.independentDecoder.utf8).write(to: URL(fileURLWithPath: path("d.py")))
    // Without predictions: each is a bundle of its own.
    for name in ["m.gguf", "Q4_1.gguf", "Q5_0.gguf"] {
      _ = try ModelBundle.pack([path(name)], to: path(name + ".tar"))
      guard
        try Tool.run("python3", [path("d.py"), path(name + ".tar"), path("out")]) != nil
      else { return }
      #expect(try bytes("out/" + name) == bytes(name))
    }
  }

  private func quantized() throws -> [String] {
    try ["Q4_1", "Q5_0"].map { type in
      let request = ConversionRequest(type: type, style: .quantizer)
      let output = path(type + ".gguf")
      _ = try OpenedModel(Location(path("m.gguf"))).plan(request, to: output).write()
      return output
    }
  }

  @Test func aStatementNamesWhatWasPacked() throws {
    var request = PackRequest(paths: [path("m.gguf")], output: path("l.oci.tar"))
    request.ladder = ["Q8_0"]
    request.attestation = path("l.intoto.json")
    let bundle = try ModelBundle.pack(request)
    let statement = try JSONValue.parse(bytes("l.intoto.json"))
    #expect(statement["_type"] == "https://in-toto.io/Statement/v1")
    let subjects = try #require(statement["subject"]?.array)
    #expect(subjects.map { $0["name"]?.text } == ["l.oci.tar", "m-Q8_0.gguf", "m.gguf"])
    #expect(
      subjects[0]["digest"]?["sha256"]?.text == String(bundle.manifestDigest.dropFirst(7)))
    let build = try #require(statement["predicate"]?["buildDefinition"])
    #expect(build["externalParameters"]?["ladder"] == ["Q8_0"])
    let sources = try #require(build["resolvedDependencies"]?.array)
    #expect(sources.map { $0["digest"]?["sha256"]?.text } == [sha256(model)])
  }
}

/// Other programs, where they are there.
private enum Tool {
  /// What a program prints; nil, and a loud line, where it is not on PATH or fails.
  static func run(_ program: String, _ arguments: [String]) throws -> [UInt8]? {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    guard
      let folder = folders.first(where: {
        FileManager.default.isExecutableFile(atPath: "\($0)/\(program)")
      })
    else {
      print("SKIPPED: \(program) is not on PATH; a comparison with it did not run")
      return nil
    }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "\(folder)/\(program)")
    process.arguments = arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0, "\(program) \(arguments)")
    return Array(output)
  }
}
