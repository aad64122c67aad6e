import Synchronization
import Testing
import WeighbridgeByteIO

@testable import WeighbridgeRemote

/// Files by range requests, from a server that behaves and from servers that do not.
@Suite struct HTTPSourceTests {
  /// 40,000 bytes that do not repeat within a block.
  static let file: [UInt8] = (0..<40_000).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ ($0 >> 7)) }

  static var settings: RemoteSettings {
    var settings = RemoteSettings()
    settings.blockBytes = 4096
    settings.cacheBytes = 3 * 4096
    settings.retryDelay = 0.001
    settings.timeout = 5
    return settings
  }

  private func reason(_ body: () throws -> Void) -> String? {
    do {
      try body()
      return nil
    } catch { return (error as? IOError)?.reason ?? "\(error)" }
  }

  @Test func everyRangeIsRead() throws {
    let server = try TestServer { request, _ in .range(Self.file, request) }
    let source = try HTTPSource(url: server.url("/model.bin?x=1"), settings: Self.settings)
    #expect(source.byteCount == 40_000)
    #expect(source.name == server.url("/model.bin"))
    for (offset, count) in [
      (0, 0), (0, 1), (0, 4096), (4095, 2), (4096, 4095), (39_999, 1), (0, 40_000), (100, 20_000),
      (12_000, 300), (40_000, 0),
    ] {
      let bytes = try source.readBytes(at: UInt64(offset), count: count)
      #expect(bytes.elementsEqual(Self.file[offset..<offset + count]), "\(count) at \(offset)")
    }
    #expect(throws: IOError.self) { try source.readBytes(at: 39_999, count: 2) }
    #expect(throws: IOError.self) { try source.readBytes(at: .max, count: 2) }
    let request = try #require(server.requests.first)
    #expect(request.headers["user-agent"] == "weighbridge/0.1")
    #expect(request.headers["authorization"] == nil)
    #expect(request.path == "/model.bin?x=1")
  }

  @Test func blocksAreReadOnceAndTheCacheIsBounded() throws {
    let server = try TestServer { request, _ in .range(Self.file, request) }
    let client = HTTPClient(Self.settings)
    let address = try #require(HTTPAddress(server.url("/a")))
    let source = try HTTPSource(address, client)
    for place in 0..<4000 { _ = try source.readBytes(at: UInt64(place), count: 8) }
    #expect(server.requests.count == 1)
    for place in stride(from: 0, to: 39_000, by: 500) {
      _ = try source.readBytes(at: UInt64(place), count: 8)
      #expect(client.cache.byteCount <= 3 * 4096)
    }
    #expect(server.requests.count == 10)
    // A read of a block or more is one request and leaves the cache alone.
    _ = try source.readBytes(at: 1, count: 20_000)
    #expect(server.requests.count == 11)
    #expect(server.requests.last?.range == 1..<20_001)
  }

  @Test func filesOfOneClientDoNotSeeEachOthersBlocks() throws {
    let server = try TestServer { request, _ in
      let file = [UInt8](repeating: UInt8(request.path.dropFirst()) ?? 0, count: 9000)
      return .range(file, request)
    }
    let client = HTTPClient(Self.settings)
    for number in 1...60 {
      let address = try #require(HTTPAddress(server.url("/\(number)")))
      let source = try HTTPSource(address, client)
      #expect(try source.readBytes(at: 5000, count: 1) == [UInt8(number)])
    }
  }

  @Test func manyThreadsReadAtOnce() throws {
    let server = try TestServer { request, _ in .range(Self.file, request) }
    let source = try HTTPSource(url: server.url("/a"), settings: Self.settings)
    let wrong = Atomic<Int>(0)
    try Workers.run(64, on: 8, scratch: { 0 }) { (_: inout Int, job: Int) throws(IOError) in
      let offset = job * 577
      let count = 100 + job * 40
      let bytes = try source.readBytes(at: UInt64(offset), count: count)
      if !bytes.elementsEqual(Self.file[offset..<offset + count]) {
        wrong.wrappingAdd(1, ordering: .relaxed)
      }
    }
    #expect(wrong.load(ordering: .relaxed) == 0)
  }

  @Test func brokenConnectionsAreResumedWhereTheyBroke() throws {
    let server = try TestServer { request, number in
      var answer = TestServer.Answer.range(Self.file, request)
      if number % 3 != 0 { answer.cut = 1500 }
      return answer
    }
    let source = try HTTPSource(url: server.url("/a"), settings: Self.settings)
    #expect(try source.readBytes(at: 10, count: 39_000).elementsEqual(Self.file[10..<39_010]))
    let starts = server.requests.dropFirst().compactMap { $0.range?.lowerBound }
    #expect(starts.prefix(3) == [10, 1510, 3010])
  }

  @Test func passingFailuresAreRetriedAndLastingOnesEnd() throws {
    let server = try TestServer { request, number in
      switch number {
      case 0: .init(status: 503, headers: ["Retry-After": "0"])
      case 1: .init(hangsUp: true)
      case 2: .range(Self.file, request)
      case 3: .init(status: 500)
      case 4: .init(status: 429)
      default: .range(Self.file, request)
      }
    }
    let source = try HTTPSource(url: server.url("/a"), settings: Self.settings)
    #expect(try source.readBytes(at: 5000, count: 3).elementsEqual(Self.file[5000..<5003]))
    #expect(server.requests.count == 6)

    let broken = try TestServer { _, _ in .init(status: 503) }
    let text = reason { _ = try HTTPSource(url: broken.url("/a"), settings: Self.settings) }
    #expect(text == "the server answers 503, tried 5 times")
    #expect(broken.requests.count == 5)
  }

  @Test func refusalsAreExplainedAndNotRepeated() throws {
    for (status, word) in [
      (401, "who you are"), (403, "denied"), (404, "not found"), (410, "not found"), (418, "418"),
      (416, "refuses"),
    ] {
      let server = try TestServer { _, _ in .init(status: status) }
      let text = reason { _ = try HTTPSource(url: server.url("/a"), settings: Self.settings) }
      #expect(text?.contains(word) == true, "\(text ?? "none")")
      #expect(server.requests.count == 1)
    }
    var hub = Self.settings
    let server = try TestServer { _, _ in .init(status: 401) }
    hub.endpoint = server.url("")
    let text = reason { _ = try HTTPSource(url: server.url("/a"), settings: hub) }
    #expect(text?.contains("HF_TOKEN") == true)
  }

  @Test func aServerWithoutRangesGivesSmallFilesOnly() throws {
    let server = try TestServer { request, _ in
      .init(
        body: request.path == "/empty"
          ? [] : Array(Self.file[..<(request.path == "/small" ? 99 : 9999)]))
    }
    let small = try HTTPSource(url: server.url("/small"), settings: Self.settings)
    #expect(small.byteCount == 99)
    #expect(try small.readBytes(at: 90, count: 9).elementsEqual(Self.file[90..<99]))
    #expect(try HTTPSource(url: server.url("/empty"), settings: Self.settings).byteCount == 0)
    let text = reason { _ = try HTTPSource(url: server.url("/large"), settings: Self.settings) }
    #expect(text?.contains("does not support range requests") == true)
    let ranges = try TestServer { request, _ in .range([], request) }
    #expect(try HTTPSource(url: ranges.url("/"), settings: Self.settings).byteCount == 0)
  }

  @Test func aFileThatChangesIsAnError() throws {
    // Another tag; another tag that If-Range is not asked about; another size; another date.
    let answers: [@Sendable (TestServer.Request) -> TestServer.Answer] = [
      { .range(Self.file, $0, tag: "\"2\"") },
      { request in
        var answer = TestServer.Answer.range(Self.file, request)
        answer.headers["ETag"] = "\"2\""
        return answer
      },
      { .range(Array(Self.file.dropLast()), $0) },
      { .range(Array(Self.file[..<100]), $0) },
    ]
    for answer in answers {
      let server = try TestServer { request, number in
        number == 0 ? .range(Self.file, request) : answer(request)
      }
      let source = try HTTPSource(url: server.url("/a"), settings: Self.settings)
      let text = reason { _ = try source.readBytes(at: 9000, count: 10) }
      #expect(text?.contains("changed") == true || text?.contains("416") == true)
      #expect(server.requests.count == 2)
    }
    let dated = try TestServer { request, number in
      var answer = TestServer.Answer.range(Self.file, request)
      answer.headers = ["Content-Range": answer.headers["Content-Range"] ?? ""]
      answer.headers["Last-Modified"] = "day \(number)"
      return answer
    }
    let source = try HTTPSource(url: dated.url("/a"), settings: Self.settings)
    #expect(throws: IOError.self) { try source.readBytes(at: 9000, count: 10) }
  }

  @Test func rangesThatWereNotAskedForAreRefused() throws {
    let server = try TestServer { request, number in
      var answer = TestServer.Answer.range(Self.file, request)
      if number > 0 { answer.headers["Content-Range"] = "bytes 0-9/40000" }
      return answer
    }
    let source = try HTTPSource(url: server.url("/a"), settings: Self.settings)
    #expect(throws: IOError.self) { try source.readBytes(at: 9000, count: 10) }
    let endless = try TestServer { request, _ in
      var answer = TestServer.Answer.range(Self.file, request)
      answer.body = Self.file
      return answer
    }
    #expect(throws: IOError.self) {
      try HTTPSource(url: endless.url("/a"), settings: Self.settings).readBytes(at: 9000, count: 9)
    }
  }

  @Test func redirectsDoNotCarryTheToken() throws {
    let store = try TestServer { request, _ in .range(Self.file, request) }
    let target = store.url("/blob?signature=s")
    let hub = try TestServer { _, _ in .init(status: 302, headers: ["Location": target]) }
    var settings = Self.settings
    settings.endpoint = hub.url("")
    settings.token = "hf_secret"
    let source = try HTTPSource(url: hub.url("/a/b/resolve/main/x"), settings: settings)
    #expect(try source.readBytes(at: 9000, count: 9).elementsEqual(Self.file[9000..<9009]))
    #expect(hub.requests.map { $0.headers["authorization"] } == ["Bearer hf_secret"])
    #expect(store.requests.count == 2)
    #expect(store.requests.allSatisfy { $0.headers["authorization"] == nil })
    #expect(!source.name.contains("signature"))
    // A token is for its endpoint alone.
    settings.endpoint = "https://huggingface.co"
    _ = try HTTPSource(url: hub.url("/a"), settings: settings)
    #expect(hub.requests.last?.headers["authorization"] == nil)
  }

  @Test func expiredAddressesAreAskedForAgain() throws {
    let store = try TestServer { request, number in
      number == 1 ? .init(status: 403) : .range(Self.file, request)
    }
    let target = store.url("/blob")
    let hub = try TestServer { _, _ in .init(status: 302, headers: ["Location": target]) }
    let source = try HTTPSource(url: hub.url("/a"), settings: Self.settings)
    #expect(try source.readBytes(at: 9000, count: 9).elementsEqual(Self.file[9000..<9009]))
    #expect(hub.requests.count == 2)
  }

  @Test func redirectsInACircleAndPlainHTTPEnd() throws {
    let circle = try TestServer { _, _ in .init(status: 302, headers: ["Location": "/a"]) }
    let text = reason { _ = try HTTPSource(url: circle.url("/a"), settings: Self.settings) }
    #expect(text == "more than 10 redirects")
    let plain = reason {
      _ = try HTTPSource(url: "http://example.invalid/a", settings: Self.settings)
    }
    #expect(plain?.contains("not encrypted") == true)
    let away = try TestServer { _, _ in
      .init(status: 302, headers: ["Location": "http://example.invalid/a"])
    }
    let led = reason { _ = try HTTPSource(url: away.url("/a"), settings: Self.settings) }
    #expect(led?.contains("not encrypted") == true)
    let other = try TestServer { _, _ in
      .init(status: 302, headers: ["Location": "file:///etc/hostname"])
    }
    #expect(throws: IOError.self) {
      try HTTPSource(url: other.url("/a"), settings: Self.settings)
    }
  }

  @Test func nobodyListening() throws {
    let url: String
    do {
      let server = try TestServer { _, _ in .init() }
      url = server.url("/a")
    }
    let text = reason { _ = try HTTPSource(url: url, settings: Self.settings) }
    #expect(text?.contains("127.0.0.1") == true, "\(text ?? "none")")
  }
}
