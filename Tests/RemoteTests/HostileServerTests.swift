import Synchronization
import Testing
import WeighbridgeByteIO

@testable import WeighbridgeRemote

/// Servers that claim, drip and go back on their word: an error within a bounded number of requests.
@Suite struct HostileServerTests {
  private static let file: [UInt8] = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }

  private static var settings: RemoteSettings {
    var settings = RemoteSettings()
    settings.blockBytes = 4096
    settings.cacheBytes = 3 * 4096
    settings.retryDelay = 0.001
    settings.attempts = 3
    settings.timeout = 2
    return settings
  }

  private func reason(_ body: () throws -> Void) -> String {
    do {
      try body()
      return "no error"
    } catch { return (error as? IOError)?.reason ?? "\(error)" }
  }

  private static func claiming(
    _ total: String, _ request: TestServer.Request
  ) -> TestServer.Answer {
    guard let range = request.range else { return .init(status: 400) }
    let count = min(range.count, 4096)
    return .init(
      status: 206,
      headers: [
        "Content-Range": "bytes \(range.lowerBound)-\(range.lowerBound + count - 1)/\(total)",
        "ETag": "\"1\"",
      ], body: [UInt8](repeating: 0x50, count: count))
  }

  @Test(arguments: ["18446744073709551615", "9223372036854775808", "4611686018427387904"])
  func sizesThatNoFileHasAreRefused(_ total: String) throws {
    let server = try TestServer { request, _ in Self.claiming(total, request) }
    let reason = reason { _ = try HTTPSource(url: server.url("/a"), settings: Self.settings) }
    #expect(reason.contains("claims a file of \(total) bytes"), "\(reason)")
  }

  /// A byte for each request would take as many requests as bytes.
  @Test func aServerThatHandsOutBytesOneByOneIsGivenUp() throws {
    var settings = Self.settings
    settings.requests = 50
    let server = try TestServer { request, count in
      guard count > 0, let range = request.range else { return .range(Self.file, request) }
      return .init(
        status: 206,
        headers: [
          "Content-Range": "bytes \(range.lowerBound)-\(range.lowerBound)/200000", "ETag": "\"1\"",
        ], body: [Self.file[range.lowerBound]])
    }
    let source = try HTTPSource(url: server.url("/a"), settings: settings)
    let reason = reason { _ = try source.readBytes(at: 100_000, count: 8000) }
    #expect(reason.contains("requests brought only"), "\(reason)")
    #expect(server.requests.count <= 51)
  }

  /// Breaking off after a few bytes each time is no progress.
  @Test func aServerThatAlwaysBreaksOffIsGivenUp() throws {
    let server = try TestServer { request, count in
      var answer = TestServer.Answer.range(Self.file, request)
      if count > 0 { answer.cut = 10 }
      return answer
    }
    let source = try HTTPSource(url: server.url("/a"), settings: Self.settings)
    let reason = reason { _ = try source.readBytes(at: 100_000, count: 8000) }
    #expect(reason.contains("tried 3 times"), "\(reason)")
    #expect(server.requests.count == 4)
  }

  @Test func anotherTagBetweenTwoRangesIsAnError() throws {
    let server = try TestServer { request, count in
      .range(Self.file, request, tag: count < 2 ? "\"1\"" : "\"2\"")
    }
    let source = try HTTPSource(url: server.url("/a"), settings: Self.settings)
    _ = try source.readBytes(at: 100_000, count: 10)
    let reason = reason { _ = try source.readBytes(at: 150_000, count: 10) }
    #expect(reason.contains("changed on the server"), "\(reason)")
  }

  @Test func anotherRangeThanTheOneAskedForIsAnError() throws {
    let server = try TestServer { request, count in
      var answer = TestServer.Answer.range(Self.file, request)
      if count > 0 { answer.headers["Content-Range"] = "bytes 7-4102/200000" }
      return answer
    }
    let source = try HTTPSource(url: server.url("/a"), settings: Self.settings)
    let reason = reason { _ = try source.readBytes(at: 100_000, count: 10) }
    #expect(reason.contains("another range"), "\(reason)")
  }

  /// Two addresses that lead to each other.
  @Test func redirectsThatGoInCirclesEnd() throws {
    let server = try TestServer { request, _ in
      .init(status: 302, headers: ["Location": request.path == "/a" ? "/b" : "/a"])
    }
    let reason = reason { _ = try HTTPSource(url: server.url("/a"), settings: Self.settings) }
    #expect(reason.contains("more than 10 redirects"), "\(reason)")
    #expect(server.requests.count == 11)
  }

  /// A plain server where TLS is expected: one error, not a retry for ever.
  @Test func noTLSIsAnError() throws {
    let server = try TestServer { request, _ in .range(Self.file, request) }
    let url = server.url("/a").replacing("http://", with: "https://")
    let reason = reason { _ = try HTTPSource(url: url, settings: Self.settings) }
    #expect(reason.contains("tried 3 times"), "\(reason)")
  }

  /// A Hub that lists a file and does not have it.
  @Test func aListedFileThatIsNotServedIsAnError() throws {
    let commit = String(repeating: "a", count: 40)
    let list = """
      {"sha": "\(commit)", "siblings": [{"rfilename": "config.json"}, {"rfilename": "x.gguf"}]}
      """
    let server = try TestServer { request, _ in
      request.path.contains("/api/") ? .init(body: Array(list.utf8)) : .init(status: 404)
    }
    var settings = Self.settings
    settings.endpoint = server.url("")
    let location = try #require(try RemoteLocation(parsing: "hf://owner/name", settings: settings))
    let tree = try location.open()
    #expect(tree.names == ["config.json", "x.gguf"])
    let reason = reason { _ = try tree.open("x.gguf") }
    #expect(reason.contains("not found (404)"), "\(reason)")
  }
}
