import Foundation
import Testing
import WeighbridgeByteIO

@testable import WeighbridgeRemote

/// `hf://` and URLs: what they mean, the local cache, and a Hub that a test plays.
@Suite struct RemoteLocationTests {
  private static let commit = "0123456789abcdef0123456789abcdef01234567"
  private static let tensors: [UInt8] = (0..<20_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }

  private func location(
    _ text: String, _ settings: RemoteSettings = RemoteSettings()
  ) throws -> RemoteLocation? {
    try RemoteLocation(parsing: text, settings: settings)
  }

  @Test func textsAreTakenApart() throws {
    for path in ["model.gguf", "/a/b", "hf/owner/name", "ollama://x", "C:\\x", ""] {
      #expect(try location(path) == nil, "\(path)")
    }
    for (text, description, file) in [
      ("hf://a/b", "hf://a/b", nil),
      ("hf://a/b@main", "hf://a/b", nil),
      ("hf://a/b@v1.0/c.gguf", "hf://a/b@v1.0/c.gguf", "c.gguf"),
      ("hf://a/b@refs%2Fpr%2F1", "hf://a/b@refs/pr/1", nil),
      ("HF://A/b.c/d/e f.bin", "hf://A/b.c/d/e f.bin", "d/e f.bin"),
      ("https://huggingface.co/a/b", "hf://a/b", nil),
      ("https://huggingface.co/a/b/tree/dev", "hf://a/b@dev", nil),
      ("https://huggingface.co/a/b/blob/main/x/y.gguf", "hf://a/b/x/y.gguf", "x/y.gguf"),
      ("https://huggingface.co/a/b/resolve/v2/y?download=true", "hf://a/b@v2/y", "y"),
      ("https://h.org/a%20b/m.gguf?s=1#f", "https://h.org/a%20b/m.gguf", "m.gguf"),
      ("http://[::1]:8080/m", "http://[::1]:8080/m", "m"),
    ] as [(String, String, String?)] {
      let found = try #require(try location(text))
      #expect(found.description == description)
      #expect(found.file == file)
    }
    for text in [
      "hf://", "hf://a", "hf://a/", "hf:///b", "hf://a/b@", "hf://../b", "hf://a/..",
      "hf://a/b@../x", "hf://a/b@%2E%2E", "hf://a/b@x%2F..%2Fy", "hf://a/b/../c", "hf://a/b//c",
      "hf://a b/c", "hf://a/b@%zz", "https://", "https://u:secret@h/x", "https://h:99999/x",
      "https://h/x y", "https://h\\@e/x", "https://h/folder/", "https://h/é",
      "https://h/a%2Fb%2F..",
    ] {
      #expect(throws: FormatError.self, "\(text)") { try location(text) }
    }
    do { _ = try location("https://u:secret@h/x") } catch {
      #expect(!"\(error)".contains("secret"))
    }
  }

  @Test func theEnvironmentIsRead() {
    func settings(_ variables: [String: String]) -> RemoteSettings {
      RemoteSettings { variables[$0] }
    }
    let plain = settings(["HOME": "/h", "HF_TOKEN": ""])
    #expect(plain.cacheFolder == "/h/.cache/huggingface/hub")
    #expect(plain.endpoint == "https://huggingface.co")
    #expect(plain.token == nil && !plain.isOffline)
    #expect(settings(["HOME": "/h", "XDG_CACHE_HOME": "/x"]).cacheFolder == "/x/huggingface/hub")
    #expect(settings(["HOME": "/h", "HF_HOME": "/y"]).cacheFolder == "/y/hub")
    #expect(settings(["HF_HOME": "/y", "HF_HUB_CACHE": "/z"]).cacheFolder == "/z")
    let full = settings(["HF_TOKEN": "t", "HF_ENDPOINT": "https://m", "HF_HUB_OFFLINE": "1"])
    #expect(full.token == "t" && full.endpoint == "https://m" && full.isOffline)
    #expect(full.cacheFolder == nil)
  }

  /// A cache folder with a snapshot of links, as the Hugging Face libraries make them.
  private func makeCache(_ files: [String: [UInt8]]) throws -> String {
    let manager = FileManager.default
    let root = manager.temporaryDirectory.path + "/weighbridge-hub-\(UUID().uuidString)"
    let model = root + "/models--a--b"
    let snapshot = model + "/snapshots/" + Self.commit
    for folder in [model + "/refs", model + "/blobs", snapshot] {
      try manager.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }
    try Data(Self.commit.utf8).write(to: URL(fileURLWithPath: model + "/refs/main"))
    for (index, file) in files.sorted(by: { $0.key < $1.key }).enumerated() {
      try Data(file.value).write(to: URL(fileURLWithPath: model + "/blobs/\(index)"))
      try manager.createSymbolicLink(
        atPath: snapshot + "/" + file.key, withDestinationPath: "../../blobs/\(index)")
    }
    return root
  }

  @Test func theLocalCacheComesFirst() throws {
    let root = try makeCache(["config.json": [1], "model.safetensors": [2, 3]])
    defer { try? FileManager.default.removeItem(atPath: root) }
    // An endpoint that cannot be reached: nothing may be asked.
    let settings = RemoteSettings(endpoint: "http://example.invalid", cacheFolder: root)
    for text in ["hf://a/b", "hf://a/b@" + Self.commit, "hf://a/b/model.safetensors"] {
      let tree = try #require(try location(text, settings)).open()
      #expect(tree.names == ["config.json", "model.safetensors"])
      // Not the folder's name, which is the commit: names must not depend on what is cached.
      #expect(tree.name == text.replacing("/model.safetensors", with: ""))
      #expect(try tree.open("model.safetensors").readBytes(at: 0, count: 2) == [2, 3])
    }
    for text in ["hf://a/b@dev", "hf://a/c", "hf://a/b/other.gguf"] {
      #expect(throws: FormatError.self, "\(text)") {
        try #require(try location(text, settings)).open()
      }
    }
  }

  @Test func anUnfinishedSnapshotIsNotTheModel() throws {
    let index = Array(#"{"weight_map": {"x": "1.safetensors", "y": "2.safetensors"}}"#.utf8)
    for files in [
      ["config.json": [1]],
      ["model.safetensors.index.json": index, "1.safetensors": [1]],
    ] as [[String: [UInt8]]] {
      let root = try makeCache(files)
      defer { try? FileManager.default.removeItem(atPath: root) }
      var settings = RemoteSettings(endpoint: "http://example.invalid", cacheFolder: root)
      #expect(throws: FormatError.self) { try #require(try location("hf://a/b", settings)).open() }
      settings.isOffline = true
      let tree = try #require(try location("hf://a/b", settings)).open()
      #expect(tree.names.count == files.count)
    }
  }

  @Test func offlineNothingIsAsked() throws {
    let server = try TestServer { _, _ in .init() }
    var settings = RemoteSettings(endpoint: server.url(""))
    settings.isOffline = true
    for text in ["hf://a/b", server.url("/x.gguf")] {
      #expect(throws: FormatError.self) { try #require(try location(text, settings)).open() }
    }
    #expect(server.requests.isEmpty)
  }

  private func hub(_ answer: String? = nil) throws -> TestServer {
    try TestServer { request, _ in
      switch request.path {
      case "/mirror/api/models/a/b/revision/refs%2Fpr%2F1":
        let files = #"[{"rfilename": "z/w.bin"}, {"rfilename": "model x.safetensors"}]"#
        let text = answer ?? "{\"sha\": \"\(Self.commit)\", \"siblings\": \(files)}"
        return .init(body: Array(text.utf8))
      case "/mirror/a/b/resolve/\(Self.commit)/model%20x.safetensors",
        "/mirror/a/b/resolve/\(Self.commit)/z/w.bin":
        return .range(Self.tensors, request)
      default: return .init(status: 404)
      }
    }
  }

  @Test func theHubListsAndGivesFiles() throws {
    let server = try hub()
    var settings = HTTPSourceTests.settings
    settings.endpoint = server.url("/mirror/")
    settings.token = "hf_secret"
    let remote = try #require(try location("hf://a/b@refs%2Fpr%2F1", settings))
    let tree = try remote.open()
    #expect(tree.name == "hf://a/b@refs/pr/1")
    #expect(tree.names == ["model x.safetensors", "z/w.bin"])
    for name in tree.names {
      let bytes = try tree.open(name).readBytes(at: 5000, count: 10_000)
      #expect(bytes.elementsEqual(Self.tensors[5000..<15_000]))
    }
    let count = server.requests.count
    _ = try tree.open("z/w.bin")
    #expect(server.requests.count == count)
    #expect(server.requests.allSatisfy { $0.headers["authorization"] == "Bearer hf_secret" })
    #expect(throws: IOError.self) { try tree.open("config.json") }
    #expect(throws: IOError.self) { try tree.open("../x") }
    #expect(throws: FormatError.self) {
      try #require(try location("hf://a/nothing", settings)).open()
    }
  }

  @Test func filesOfTheSameCommitComeFromTheCache() throws {
    let root = try makeCache(["model x.safetensors": [9, 9, 9]])
    defer { try? FileManager.default.removeItem(atPath: root) }
    let server = try hub()
    var settings = HTTPSourceTests.settings
    settings.endpoint = server.url("/mirror")
    settings.cacheFolder = root
    let tree = try #require(try location("hf://a/b@refs%2Fpr%2F1", settings)).open()
    #expect(try tree.open("model x.safetensors").byteCount == 3)
    #expect(try tree.open("z/w.bin").byteCount == 20_000)
  }

  @Test func answersThatAreNotAHubsAreRefused() throws {
    for answer in [
      "<html>", "[]", "{}", #"{"sha": "main", "siblings": []}"#,
      "{\"sha\": \"\(Self.commit)\"}",
      "{\"sha\": \"\(Self.commit)\", \"siblings\": [{\"rfilename\": \"../../etc/passwd\"}]}",
      "{\"sha\": \"\(Self.commit)\", \"siblings\": [{\"rfilename\": \"/etc/passwd\"}]}",
      "{\"sha\": \"\(Self.commit)\", \"siblings\": [{}]}",
    ] {
      let server = try hub(answer)
      var settings = HTTPSourceTests.settings
      settings.endpoint = server.url("/mirror")
      #expect(throws: FormatError.self, "\(answer)") {
        try #require(try location("hf://a/b@refs%2Fpr%2F1", settings)).open()
      }
    }
  }

  @Test func shardsBesideAURLAreFound() throws {
    let server = try TestServer { request, _ in
      request.path.hasPrefix("/m/part-") && request.path.hasSuffix("?v=1")
        ? .range(Self.tensors, request) : .init(status: 404)
    }
    let remote = try #require(
      try location(server.url("/m/part-1.gguf?v=1"), HTTPSourceTests.settings))
    let tree = try remote.open()
    #expect(tree.names == ["part-1.gguf"])
    #expect(remote.file == "part-1.gguf")
    #expect(try tree.open("part-1.gguf").byteCount == 20_000)
    #expect(try tree.open("part-2.gguf").byteCount == 20_000)
    #expect(throws: IOError.self) { try tree.open("config.json") }
    #expect(throws: IOError.self) { try tree.open("../x") }
  }
}
