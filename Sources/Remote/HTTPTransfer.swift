internal import CWeighbridgeCurl

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// One request: no redirects, no retries.
struct HTTPRequest {
  let address: HTTPAddress
  /// The bytes that are asked for; nil for all.
  var range: Range<UInt64>?
  /// A strong entity tag: the range is wanted only of that version.
  var version: String?
  var token: String?
  /// Bytes of a whole file (status 200) that are taken; more end the transfer.
  var wholeLimit: Int
  /// Seconds without data after which the connection counts as broken.
  var timeout: Int
  /// Bytes a second that must arrive over that time.
  var slowest = 1
}

/// What a server said.
struct HTTPReply {
  var status = 0
  /// Names in lower case.
  var headers: [String: String] = [:]
  var body: [UInt8] = []
  /// Where a redirect leads.
  var redirect: String?
  /// Whether there was more body than was asked for, or than may be taken.
  var isTooLong = false
  /// Why the transfer broke off, where it did; `body` is what had arrived.
  var failure: Failure?

  struct Failure {
    let isTransient: Bool
    let reason: String
  }

  /// The byte range of a partial reply and the size of the whole: `bytes 0-99/1000`.
  var contentRange: (range: Range<UInt64>, total: UInt64)? {
    guard let text = headers["content-range"], text.hasPrefix("bytes ") else { return nil }
    let parts = text.dropFirst(6).split(separator: "/")
    let ends = parts.first?.split(separator: "-") ?? []
    guard parts.count == 2, ends.count == 2, let total = UInt64(parts[1]),
      let first = UInt64(ends[0]), let last = UInt64(ends[1]), first <= last, last < total
    else { return nil }
    return (first..<last + 1, total)
  }
}

/// A handle of libcurl with its connection.
///
/// Sendable because the pool hands it to one thread at a time, which is what libcurl demands.
@safe final class CurlHandle: @unchecked Sendable {
  private let handle: UnsafeMutableRawPointer?

  /// Whether libcurl was found; looked for once in a process, before the first handle.
  private static let isReady: Bool = {
    // Where a system keeps it in no place that the loader searches.
    let path = unsafe getenv("WEIGHBRIDGE_LIBCURL")
    return unsafe wb_curl_start(path)
  }()

  init() { unsafe handle = Self.isReady ? wb_curl_new() : nil }

  deinit {
    let handle = unsafe self.handle
    BrokenPipe.withoutSignal { unsafe wb_curl_free(handle) }
  }

  private static let absence =
    "remote names need libcurl 4, which is not found (Debian: apt-get install libcurl4; elsewhere "
    + "WEIGHBRIDGE_LIBCURL names the file)"

  /// Performs a request on this handle's connection, or on a new one.
  func perform(_ request: HTTPRequest) -> HTTPReply {
    guard unsafe handle != nil else {
      var reply = HTTPReply()
      reply.failure = .init(isTransient: false, reason: Self.absence)
      return reply
    }
    unsafe wb_curl_reset(handle)
    var list: UnsafeMutableRawPointer?
    for header in Self.headers(request) { unsafe list = wb_curl_list_with(list, header) }
    defer { unsafe wb_curl_list_free(list) }
    let transfer = Transfer(request)
    let context = unsafe Unmanaged.passUnretained(transfer).toOpaque()
    unsafe wb_curl_set_text(handle, WB_CURL_URL, request.address.text)
    unsafe wb_curl_set_text(handle, WB_CURL_USERAGENT, "weighbridge/0.1")
    unsafe wb_curl_set_list(handle, WB_CURL_HTTPHEADER, list)
    unsafe wb_curl_set_protocols(handle)
    unsafe wb_curl_set_number(handle, WB_CURL_NOSIGNAL, 1)
    unsafe wb_curl_set_number(handle, WB_CURL_FOLLOWLOCATION, 0)
    unsafe wb_curl_set_number(handle, WB_CURL_CONNECTTIMEOUT, min(30, request.timeout))
    unsafe wb_curl_set_number(handle, WB_CURL_LOW_SPEED_LIMIT, max(1, request.slowest))
    unsafe wb_curl_set_number(handle, WB_CURL_LOW_SPEED_TIME, request.timeout)
    // A proxy cannot reach this machine's own servers.
    if request.address.isLoopback { unsafe wb_curl_set_text(handle, WB_CURL_PROXY, "") }
    unsafe wb_curl_set_body_callback(handle, takeBody, context)
    unsafe wb_curl_set_header_callback(handle, takeHeader, context)
    let code = BrokenPipe.withoutSignal { unsafe wb_curl_perform(handle) }
    var reply = transfer.reply
    if let redirect = unsafe wb_curl_redirect(handle) {
      reply.redirect = unsafe String(cString: redirect)
    }
    withExtendedLifetime(transfer) {}
    if code != WB_CURL_OK, !reply.isTooLong {
      reply.failure = unsafe .init(
        isTransient: Self.isTransient(code), reason: String(cString: wb_curl_reason(code)))
    }
    return reply
  }

  private static func headers(_ request: HTTPRequest) -> [String] {
    var headers = ["Accept-Encoding: identity"]
    if let range = request.range, !range.isEmpty {
      headers.append("Range: bytes=\(range.lowerBound)-\(range.upperBound - 1)")
      if let version = request.version { headers.append("If-Range: \(version)") }
    }
    if let token = request.token { headers.append("Authorization: Bearer \(token)") }
    return headers
  }

  /// Whether the same request may succeed a moment later.
  private static func isTransient(_ code: wb_curl_code) -> Bool {
    switch code {
    case WB_CURL_COULDNT_CONNECT, WB_CURL_OPERATION_TIMEDOUT, WB_CURL_PARTIAL_FILE,
      WB_CURL_RECV_ERROR,
      WB_CURL_SEND_ERROR, WB_CURL_GOT_NOTHING, WB_CURL_HTTP2, WB_CURL_HTTP2_STREAM,
      WB_CURL_SSL_CONNECT_ERROR, WB_CURL_WEIRD_SERVER_REPLY:
      true
    default: false
    }
  }
}

/// What the callbacks of one transfer fill; used by the thread that runs it alone.
private final class Transfer {
  var reply = HTTPReply()
  private let limit: Int
  private let wholeLimit: Int
  private var headerBytes = 0

  init(_ request: HTTPRequest) {
    self.limit = request.range.map { Int(clamping: $0.count) } ?? request.wholeLimit
    self.wholeLimit = request.wholeLimit
  }

  /// Keeps a piece of the body; false ends the transfer.
  func take(body: UnsafeRawBufferPointer) -> Bool {
    guard reply.status == 206 || reply.status == 200 else {
      // The body of an error or of a redirect is of no use; little of it is cheaper to read than
      // a new connection.
      headerBytes += body.count
      return headerBytes < 1 << 20
    }
    let most = reply.status == 206 ? limit : wholeLimit
    guard body.count <= most - reply.body.count else {
      reply.isTooLong = true
      return false
    }
    unsafe reply.body.append(contentsOf: body)
    return true
  }

  /// Keeps a header line; a status line begins a new reply (after `100 Continue`).
  func take(header: UnsafeRawBufferPointer) -> Bool {
    headerBytes += header.count
    guard headerBytes < 1 << 20 else { return false }
    let line = unsafe String(decoding: header, as: UTF8.self)
    if line.hasPrefix("HTTP/") {
      reply = HTTPReply()
      reply.status = line.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
    } else if let colon = line.firstIndex(of: ":") {
      let value = line[line.index(after: colon)...]
      reply.headers[line[..<colon].lowercased()] = String(
        value.drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
    }
    return true
  }
}

private func takeBody(
  _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int,
  _ context: UnsafeMutableRawPointer?
) -> Int {
  guard let context = unsafe context else { return 0 }
  let transfer = unsafe Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
  let total = size * count
  return unsafe transfer.take(body: UnsafeRawBufferPointer(start: bytes, count: total)) ? total : 0
}

private func takeHeader(
  _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int,
  _ context: UnsafeMutableRawPointer?
) -> Int {
  guard let context = unsafe context else { return 0 }
  let transfer = unsafe Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
  let total = size * count
  return unsafe transfer.take(header: UnsafeRawBufferPointer(start: bytes, count: total))
    ? total : 0
}
