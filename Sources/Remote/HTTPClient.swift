internal import Synchronization
internal import WeighbridgeByteIO

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// Why a request did not succeed.
enum HTTPFailure: Error {
  /// The same may succeed a moment later; `after` is what the server asks to wait, in seconds.
  case transient(String, after: Double?)
  /// It will not.
  case permanent(String, status: Int)

  var reason: String {
    switch self {
    case .transient(let reason, _), .permanent(let reason, _): reason
    }
  }
}

/// Requests with redirects, retries and the token, over a pool of connections.
///
/// One client serves one location; its files share connections and the cache in memory. It can be
/// used from any thread.
final class HTTPClient: Sendable {
  private static let mostRedirects = 10
  private static let longestWait = 60.0

  let settings: RemoteSettings
  let cache: BlockCache
  private let identities = Atomic<UInt64>(0)
  private let asked = Atomic<UInt64>(0)
  private let arrived = Atomic<UInt64>(0)
  private let idle = Mutex<[CurlHandle]>([])
  /// What the server said it has not, or not for us.
  private let refused = Mutex<Set<String>>([])
  /// The origin that the token is for.
  private let tokenOrigin: String?

  init(_ settings: RemoteSettings) {
    self.settings = settings
    self.cache = BlockCache(byteLimit: settings.cacheBytes)
    self.tokenOrigin = HTTPAddress(settings.endpoint)?.origin
  }

  /// A number that no other file of this client has.
  func makeIdentity() -> UInt64 {
    identities.wrappingAdd(1, ordering: .relaxed).newValue
  }

  /// Whether the server answered that a file is not there, or not for us.
  func wasRefused(_ address: HTTPAddress) -> Bool {
    refused.withLock { $0.contains(address.displayName) }
  }

  /// Follows redirects from `address` to a reply with another status, and says where it came from.
  ///
  /// Each hop is checked: never from `https` to `http`, plain `http` only where it is allowed, and the
  /// token only to its own origin.
  func exchange(
    _ address: HTTPAddress, range: Range<UInt64>?, version: String? = nil, wholeLimit: Int
  ) throws(HTTPFailure) -> (reply: HTTPReply, from: HTTPAddress) {
    var address = address
    for _ in 0...Self.mostRedirects {
      try countRequest()
      guard address.isSecure || address.isLoopback || settings.allowsPlainHTTP else {
        throw .permanent(
          "http:// is not encrypted and is used to this machine only (\(address.origin)); "
            + "use https://", status: 0)
      }
      let reply = perform(
        HTTPRequest(
          address: address, range: range, version: version,
          token: address.origin == tokenOrigin ? settings.token : nil, wholeLimit: wholeLimit,
          timeout: settings.timeout, slowest: settings.slowest))
      arrived.wrappingAdd(UInt64(reply.body.count), ordering: .relaxed)
      if let failure = reply.failure, reply.body.isEmpty {
        let reason = "\(failure.reason) (\(address.host))"
        throw failure.isTransient ? .transient(reason, after: nil) : .permanent(reason, status: 0)
      }
      guard (300..<400).contains(reply.status) else {
        try check(reply, address)
        return (reply, address)
      }
      guard let next = reply.redirect.flatMap({ HTTPAddress($0) }) else {
        throw .permanent("a redirect that leads nowhere (\(reply.status))", status: reply.status)
      }
      guard next.isSecure || !address.isSecure else {
        throw .permanent("a redirect from https:// to http:// (\(next.origin))", status: 0)
      }
      address = next
    }
    throw .permanent("more than \(Self.mostRedirects) redirects", status: 0)
  }

  /// A server that hands out a byte at a time, or breaks off after each, would keep us for ever.
  private func countRequest() throws(HTTPFailure) {
    let count = asked.wrappingAdd(1, ordering: .relaxed).newValue
    let bytes = arrived.load(ordering: .relaxed)
    guard count <= UInt64(max(1, settings.requests)) + bytes / 65_536 else {
      throw .permanent("\(count - 1) requests brought only \(bytes) bytes", status: 0)
    }
  }

  /// Calls `attempt` until it succeeds, fails for good or has failed `settings.attempts` times
  /// without progress; waits longer each time.
  func retrying<Value>(
    _ operation: IOError.Operation, _ name: String, progress: () -> Int = { 0 },
    _ attempt: () throws(HTTPFailure) -> Value
  ) throws(IOError) -> Value {
    var failures = 0
    var reached = progress()
    while true {
      let failure: HTTPFailure
      do throws(HTTPFailure) { return try attempt() } catch { failure = error }
      guard case .transient(let reason, let after) = failure else {
        if case .permanent(_, let status) = failure, [401, 403, 404, 410].contains(status) {
          refused.withLock { _ = $0.insert(name) }
        }
        throw IOError(operation, path: name, reason: failure.reason)
      }
      // A few bytes before each break are no progress.
      if progress() >= reached + 65_536 {
        reached = progress()
        failures = 0
      }
      failures += 1
      guard failures < settings.attempts else {
        throw IOError(operation, path: name, reason: "\(reason), tried \(failures) times")
      }
      let pause = settings.retryDelay * Double(1 << min(failures - 1, 16))
      wait(min(after ?? pause * Double.random(in: 0.5...1), Self.longestWait))
    }
  }

  /// A whole document of at most `limit` bytes.
  func document(_ address: HTTPAddress, limit: Int) throws(IOError) -> [UInt8] {
    try retrying(.read, address.displayName) { () throws(HTTPFailure) in
      let reply = try exchange(address, range: nil, wholeLimit: limit).reply
      guard !reply.isTooLong else {
        throw .permanent("a document of more than \(limit) bytes", status: reply.status)
      }
      if let failure = reply.failure { throw .transient(failure.reason, after: nil) }
      guard reply.status == 200 else {
        throw .permanent("the server answers \(reply.status)", status: reply.status)
      }
      return reply.body
    }
  }

  private func perform(_ request: HTTPRequest) -> HTTPReply {
    let handle = idle.withLock { $0.popLast() } ?? CurlHandle()
    defer { idle.withLock { $0.append(handle) } }
    return handle.perform(request)
  }

  private func check(_ reply: HTTPReply, _ address: HTTPAddress) throws(HTTPFailure) {
    let status = reply.status
    let isHub = address.origin == tokenOrigin
    switch status {
    case 200, 206, 416:
      if let coding = reply.headers["content-encoding"], coding != "identity" {
        throw .permanent("the server sends the file compressed (\(coding))", status: status)
      }
    case 401:
      let advice = isHub && settings.token == nil ? "; set HF_TOKEN" : ""
      throw .permanent(
        "the server asks who you are (401): private, or not there\(advice)", status: status)
    case 403:
      let advice =
        isHub ? "; the model may ask to accept its terms, and for a token (HF_TOKEN)" : ""
      throw .permanent("access is denied (403)\(advice)", status: status)
    case 404, 410: throw .permanent("not found (\(status))", status: status)
    case 408, 429, 500, 502, 503, 504:
      throw .transient(
        "the server answers \(status)",
        after: reply.headers["retry-after"].flatMap { Double($0) }.flatMap { $0 >= 0 ? $0 : nil })
    default: throw .permanent("the server answers \(status)", status: status)
    }
  }

  private func wait(_ seconds: Double) {
    var time = timespec()
    time.tv_sec = Int(seconds)
    time.tv_nsec = Int((seconds - seconds.rounded(.down)) * 1e9)
    var rest = timespec()
    while unsafe nanosleep(&time, &rest) != 0, errno == EINTR { time = rest }
  }
}
