internal import Synchronization
package import WeighbridgeByteIO

/// A file behind `http` or `https`, read by range requests.
///
/// Small reads go through a bounded cache of blocks; a read of a block or more is one request of
/// exactly its range. Broken connections are resumed where they broke. A file that changes while it is
/// read is an error.
package final class HTTPSource: ByteSource {
  /// The address, without its query.
  package let name: String
  /// The size that the server gave when the file was opened.
  package let byteCount: UInt64

  /// No model is larger, and sums over a million tensors of one this large can still be counted.
  private static let largestFile: UInt64 = 1 << 42

  /// What the blocks of this file are filed under: never that of another file of the client.
  private let identity: UInt64
  private let address: HTTPAddress
  private let client: HTTPClient
  private let version: Version
  /// Where the redirects led; asked again where it is no longer valid.
  private let target: Mutex<HTTPAddress>
  /// The whole file, where the server gave that and no range.
  private let whole: [UInt8]?

  /// What tells one version of a file from another.
  private struct Version {
    let tag: String?
    let date: String?

    init(_ reply: HTTPReply) {
      self.tag = reply.headers["etag"]
      self.date = reply.headers["last-modified"]
    }

    /// A tag that `If-Range` may carry.
    var strongTag: String? { tag.flatMap { $0.hasPrefix("\"") ? $0 : nil } }

    /// False where both know what tells them apart, and it does.
    func agrees(with other: Version) -> Bool {
      if let tag, let theirs = other.tag { return tag == theirs }
      if let date, let theirs = other.date { return date == theirs }
      return true
    }
  }

  /// Opens a URL with a client of its own.
  package convenience init(
    url: String, settings: RemoteSettings = .environment
  ) throws(IOError) {
    guard let address = HTTPAddress(url) else {
      throw IOError(.open, path: "the URL", reason: "not an http or https URL")
    }
    try self.init(address, HTTPClient(settings))
  }

  /// Asks for the first block, which tells the size and the version as well.
  init(_ address: HTTPAddress, _ client: HTTPClient) throws(IOError) {
    let first = 0..<UInt64(client.settings.blockBytes)
    let name = address.displayName
    let (reply, from) = try client.retrying(.open, name) { () throws(HTTPFailure) in
      let answer = try client.exchange(
        address, range: first, wholeLimit: client.settings.blockBytes)
      // Only a whole and unbroken file of status 200 will do; a broken block is read again later.
      if let failure = answer.reply.failure, answer.reply.status == 200 {
        throw .transient(failure.reason, after: nil)
      }
      return answer
    }
    func fault(_ reason: String) -> IOError { IOError(.open, path: name, reason: reason) }
    var whole: [UInt8]?
    switch reply.status {
    case 206:
      guard let (range, total) = reply.contentRange, range.lowerBound == 0 else {
        throw fault("the server sends another range than the one that was asked for")
      }
      guard total <= Self.largestFile else {
        throw fault("the server claims a file of \(total) bytes; at most 4 TiB are read")
      }
      self.byteCount = total
    case 416:
      guard reply.headers["content-range"] == "bytes */0" else {
        throw fault("the server refuses a range at the start of the file (416)")
      }
      self.byteCount = 0
    default:
      guard !reply.isTooLong else {
        throw fault("the server does not support range requests; download the file first")
      }
      self.byteCount = UInt64(reply.body.count)
      whole = reply.body
    }
    self.name = name
    self.identity = client.makeIdentity()
    self.address = address
    self.client = client
    self.version = Version(reply)
    self.target = Mutex(from)
    self.whole = whole
    if whole == nil, UInt64(reply.body.count) == min(byteCount, first.upperBound) {
      client.cache.insert(reply.body, .init(file: identity, block: 0))
    }
  }

  /// Fills `buffer` with the bytes from `offset`; see `ByteSource`.
  package func read(at offset: UInt64, into buffer: inout MutableRawSpan) throws(IOError) {
    let count = buffer.byteCount
    guard count > 0 else { return }
    guard
      let extent = ByteExtent(offset: offset, byteCount: UInt64(count), within: byteCount)
    else {
      throw IOError(
        .read, path: name, reason: "\(count) bytes at \(offset) lie past the end (\(byteCount))")
    }
    if let whole {
      Self.copy(whole, from: Int(offset), count: count, to: &buffer, at: 0)
      return
    }
    let blockBytes = UInt64(client.settings.blockBytes)
    if UInt64(count) >= blockBytes {
      let bytes = try fetch(extent.offset..<extent.end)
      Self.copy(bytes, from: 0, count: count, to: &buffer, at: 0)
      return
    }
    for number in extent.offset / blockBytes...(extent.end - 1) / blockBytes {
      let bytes = try block(number)
      let start = number * blockBytes
      let first = max(extent.offset, start)
      let last = min(extent.end, start + blockBytes)
      Self.copy(
        bytes, from: Int(first - start), count: Int(last - first), to: &buffer,
        at: Int(first - extent.offset))
    }
  }

  private func block(_ number: UInt64) throws(IOError) -> [UInt8] {
    let key = BlockCache.Key(file: identity, block: number)
    if let bytes = client.cache[key] { return bytes }
    let size = UInt64(client.settings.blockBytes)
    let bytes = try fetch(number * size..<min((number + 1) * size, byteCount))
    client.cache.insert(bytes, key)
    return bytes
  }

  private static func copy(
    _ bytes: [UInt8], from start: Int, count: Int, to buffer: inout MutableRawSpan, at place: Int
  ) {
    unsafe bytes.withUnsafeBytes { source in
      unsafe buffer.withUnsafeMutableBytes { target in
        unsafe UnsafeMutableRawBufferPointer(rebasing: target[place..<place + count]).copyMemory(
          from: UnsafeRawBufferPointer(rebasing: source[start..<start + count]))
      }
    }
  }

  /// The bytes of a range, resumed as often as needed.
  private func fetch(_ range: Range<UInt64>) throws(IOError) -> [UInt8] {
    var received: [UInt8] = []
    received.reserveCapacity(range.count)
    return try client.retrying(.read, name, progress: { received.count }) {
      () throws(HTTPFailure) in
      while received.count < range.count {
        try append(range.lowerBound + UInt64(received.count)..<range.upperBound, to: &received)
      }
      return received
    }
  }

  /// One request for `range`; what arrives of it is appended.
  private func append(
    _ range: Range<UInt64>, to received: inout [UInt8]
  ) throws(HTTPFailure) {
    let reply = try ask(range)
    let changed = HTTPFailure.permanent(
      "the file changed on the server while it was read", status: reply.status)
    guard reply.status == 206, let (got, total) = reply.contentRange, total == byteCount,
      version.agrees(with: Version(reply))
    else { throw changed }
    guard got.lowerBound == range.lowerBound, got.upperBound <= range.upperBound,
      reply.body.count <= got.count, !reply.isTooLong
    else {
      throw .permanent(
        "the server sends another range than the one that was asked for", status: reply.status)
    }
    received += reply.body
    if let failure = reply.failure { throw .transient(failure.reason, after: nil) }
    guard reply.body.count == got.count else {
      throw .transient("the server sent less than it announced", after: nil)
    }
  }

  /// Asks where the redirects led last, and from the start where that is no longer valid: signed
  /// addresses expire.
  private func ask(_ range: Range<UInt64>) throws(HTTPFailure) -> HTTPReply {
    let last = target.withLock { $0 }
    if last != address {
      do throws(HTTPFailure) {
        return try client.exchange(
          last, range: range, version: version.strongTag, wholeLimit: 0
        ).reply
      } catch {
        guard case .permanent(_, let status) = error, [400, 401, 403, 404, 410].contains(status)
        else { throw error }
      }
    }
    let (reply, from) = try client.exchange(
      address, range: range, version: version.strongTag, wholeLimit: 0)
    target.withLock { $0 = from }
    return reply
  }
}
