import TestSupport
import Testing
import WeighbridgeByteIO
import WeighbridgeConversion
import WeighbridgeDigests
import WeighbridgeEncodings
import WeighbridgeFormats
import WeighbridgeJSON
import WeighbridgeModelIR

@testable import WeighbridgeRemote

/// A whole checkpoint converted from a server that asks for a token and breaks connections.
@Suite struct RemoteCheckpointTests {
  private static let commit = String(repeating: "5e", count: 20)

  private static func files() throws -> [String: [UInt8]] {
    var files: [String: [UInt8]] = [:]
    for (folder, names) in [
      ("checkpoints/types", ["config.json", "model.safetensors"]),
      ("models/jargon-llama", ["tokenizer.model", "tokenizer_config.json"]),
    ] {
      for name in names {
        files[name] = try TestFiles.bytes(SharedData.fixture(folder + "/" + name))
      }
    }
    return files
  }

  /// Tensors of a plan at F16 equal what llama.cpp's converter gives.
  private static func check(_ model: Model) throws {
    let plan = try Converter.plan(model, ConversionOptions(recipe: .f16))
    let golden = try JSONValue.read(
      FileSource(path: SharedData.fixture("checkpoints/expected.json")))
    let expected = try #require(golden["types"]?["f16"]?.object)
    #expect(plan.model.tensors.count == expected.count)
    for tensor in plan.model.tensors {
      let bytes = try tensor.payload.readBytes(rows: 0..<tensor.layout.rowCount)
      let digest = SHA256.hash(bytes).hexadecimal
      #expect(digest == expected[tensor.name]?["sha256"]?.text, "\(tensor.name)")
    }
    #expect(plan.model.metadata["tokenizer.ggml.model"] == .string("llama"))
  }

  @Test func fromTheHub() throws {
    let files = try Self.files()
    let server = try TestServer { request, count in
      guard request.headers["authorization"] == "Bearer hf_secret" else {
        return .init(status: 401)
      }
      if request.path == "/api/models/o/n/revision/v1" {
        let names = files.keys.map { "{\"rfilename\": \"\($0)\"}" }.joined(separator: ",")
        return .init(body: Array("{\"sha\": \"\(Self.commit)\", \"siblings\": [\(names)]}".utf8))
      }
      let prefix = "/o/n/resolve/\(Self.commit)/"
      guard request.path.hasPrefix(prefix),
        let file = files[String(request.path.dropFirst(prefix.count))]
      else { return .init(status: 404) }
      // Every fourth connection breaks in the middle, every fifth answer is that of a busy server.
      if count % 5 == 4 { return .init(status: 503) }
      var answer = TestServer.Answer.range(file, request)
      if count % 4 == 3 { answer.cut = answer.body.count / 2 }
      return answer
    }
    var settings = HTTPSourceTests.settings
    settings.endpoint = server.url("/")
    let location = try #require(
      try RemoteLocation(parsing: "hf://o/n@v1", settings: settings))
    let refused = #expect(throws: FormatError.self) { try location.open() }
    #expect(refused?.description.contains("HF_TOKEN") == true)
    settings.token = "hf_secret"
    let allowed = try #require(try RemoteLocation(parsing: "hf://o/n@v1", settings: settings))
    try Self.check(Formats.open(folder: allowed.open()))
  }

  @Test func besideAURL() throws {
    let files = try Self.files()
    let server = try TestServer { request, _ in
      guard let file = files[String(request.path.dropFirst(3))] else { return .init(status: 404) }
      return .range(file, request)
    }
    let location = try #require(
      try RemoteLocation(
        parsing: server.url("/m/model.safetensors"), settings: HTTPSourceTests.settings))
    let tree = try location.open()
    #expect(Set(tree.names) == Set(files.keys))
    try Self.check(Formats.open("model.safetensors", ofRepository: tree))
  }

  @Test func aFileAloneCostsTwoQuestions() throws {
    let server = try TestServer { _, _ in .init(status: 404) }
    let location = try #require(
      try RemoteLocation(
        parsing: server.url("/m/model.safetensors"), settings: HTTPSourceTests.settings))
    #expect(try location.open().names == ["model.safetensors"])
    #expect(server.requests.count == 2)
  }
}
