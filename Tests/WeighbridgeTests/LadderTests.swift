import Foundation
import TestSupport
import Testing
import WeighbridgeByteIO

@testable import Weighbridge

/// Bundles of a model and what is quantized of it, and of what a fine-tune has changed.
@Suite struct LadderTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try Data(TinyModel().bytes()).write(to: url("m.gguf"))
  }

  private func path(_ name: String) -> String { folder.path + "/" + name }
  private func url(_ name: String) -> URL { URL(fileURLWithPath: path(name)) }

  /// What `quantize` writes.
  private func quantized(_ type: String, _ name: String) throws -> Data {
    let request = ConversionRequest(type: type, style: .quantizer)
    _ = try OpenedModel(Location(path("m.gguf"))).plan(request, to: path(name)).write()
    return try Data(contentsOf: url(name))
  }

  private func size(_ name: String) throws -> Int { try Data(contentsOf: url(name)).count }

  @Test func rungsAreMadeAgainBitForBit() throws {
    var request = PackRequest(paths: [path("m.gguf")], output: path("ladder.oci.tar"))
    request.ladder = ["Q8_0", "q4_0", "Q5_1"]
    let bundle = try ModelBundle.pack(request, using: Resources(threads: 2))
    #expect(bundle.files.map(\.path) == ["m-Q4_0.gguf", "m-Q5_1.gguf", "m-Q8_0.gguf", "m.gguf"])
    #expect(bundle.files.map(\.isPredicted) == [true, true, true, false])
    #expect(bundle.verify().isSound && bundle.verify(isDeep: true).isSound)
    for type in ["Q8_0", "Q4_0", "Q5_1"] {
      let expected = try quantized(type, "\(type).gguf")
      let files = try bundle.unpack(to: path("out-" + type), type: type.lowercased())
      #expect(files.map(\.path) == ["m-\(type).gguf"])
      #expect(try Data(contentsOf: url("out-\(type)/m-\(type).gguf")) == expected)
      // A rung is a model like others.
      let rung = try OpenedModel(Location(path("ladder.oci.tar#m-\(type).gguf")))
      #expect(rung.kind == .gguf)
    }
    #expect(throws: WeighbridgeError.self) { try bundle.unpack(to: path("x"), type: "Q6_K") }
    #expect(throws: WeighbridgeError.self) {
      var wrong = request
      wrong.profile = .raw
      _ = try ModelBundle.pack(wrong)
    }
  }

  @Test func filesOfOthersAreStoredAsDifferences() throws {
    var theirs = try quantized("Q4_0", "theirs.gguf")
    _ = try ModelBundle.pack([path("m.gguf")], to: path("alone.oci.tar"))
    // Another program has rounded some codes otherwise.
    for place in stride(from: theirs.count - 20_000, to: theirs.count, by: 997) {
      theirs[place] ^= 1
    }
    try theirs.write(to: url("theirs.gguf"))
    let bundle = try ModelBundle.pack(
      [path("m.gguf"), path("theirs.gguf")], to: path("both.oci.tar"))
    #expect(bundle.files.map(\.isPredicted) == [false, true])
    try bundle.unpack(to: path("out"))
    #expect(try Data(contentsOf: url("out/theirs.gguf")) == theirs)
    // Headers of tensors of kilobytes weigh here; still a part of it.
    #expect(try size("both.oci.tar") - size("alone.oci.tar") < theirs.count / 2)
    #expect(bundle.verify(isDeep: true).isSound)
  }

  @Test func aFineTuneIsStoredAsWhatItChanges() throws {
    let base = try ModelBundle.pack([path("m.gguf")], to: path("base.oci.tar"))
    var tuned = try Data(contentsOf: url("m.gguf"))
    for place in stride(from: tuned.count - 100_000, to: tuned.count, by: 4 * 251) {
      tuned[place] ^= 3
    }
    try tuned.write(to: url("tuned.gguf"))
    var request = PackRequest(paths: [path("tuned.gguf")], output: path("tuned.oci.tar"))
    request.base = path("base.oci.tar")
    let bundle = try ModelBundle.pack(request)
    #expect(bundle.files.map(\.isPredicted) == [true])
    #expect(bundle.bytes < base.bytes / 2)
    // Found beside it by its name, or where the user says; elsewhere it is missed.
    try bundle.unpack(to: path("out"))
    #expect(try Data(contentsOf: url("out/tuned.gguf")) == tuned)
    try FileManager.default.moveItem(at: url("base.oci.tar"), to: url("moved.oci.tar"))
    #expect(throws: WeighbridgeError.self) {
      try ModelBundle(path("tuned.oci.tar")).unpack(to: path("none"))
    }
    #expect(try ModelBundle(path("tuned.oci.tar")).verify().isSound)
    try ModelBundle(path("tuned.oci.tar"), bases: [path("moved.oci.tar")]).unpack(to: path("again"))
    #expect(try Data(contentsOf: url("again/tuned.gguf")) == tuned)
  }
}
