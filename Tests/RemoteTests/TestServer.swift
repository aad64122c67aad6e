import Glibc
import Synchronization

/// A small HTTP server on 127.0.0.1 whose answers a test decides.
final class TestServer: Sendable {
  struct Request: Sendable {
    let path: String
    /// Names in lower case.
    let headers: [String: String]

    /// The range that is asked for.
    var range: Range<Int>? {
      guard let text = headers["range"], text.hasPrefix("bytes=") else { return nil }
      let ends = text.dropFirst(6).split(separator: "-").compactMap { Int($0) }
      return ends.count == 2 ? ends[0]..<ends[1] + 1 : nil
    }
  }

  struct Answer: Sendable {
    var status = 200
    var headers: [String: String] = [:]
    var body: [UInt8] = []
    /// Bytes of the body after which the connection is closed; nil for all.
    var cut: Int?
    /// Whether the connection is closed without a word.
    var hangsUp = false

    /// A range of a file as a good server answers it.
    static func range(_ file: [UInt8], _ request: Request, tag: String = "\"1\"") -> Answer {
      guard let range = request.range else {
        return Answer(headers: ["ETag": tag], body: file)
      }
      if let wanted = request.headers["if-range"], wanted != tag {
        return Answer(headers: ["ETag": tag], body: file)
      }
      guard range.lowerBound < file.count else {
        return Answer(status: 416, headers: ["Content-Range": "bytes */\(file.count)"])
      }
      let end = min(range.upperBound, file.count)
      return Answer(
        status: 206,
        headers: [
          "Content-Range": "bytes \(range.lowerBound)-\(end - 1)/\(file.count)", "ETag": tag,
        ], body: Array(file[range.lowerBound..<end]))
    }
  }

  private let descriptor: Int32
  let port: UInt16
  private let answer: @Sendable (Request, Int) -> Answer
  private let seen = Mutex<[Request]>([])

  /// Listens on a free port; `answer` gets the request and how many came before it.
  init(_ answer: @escaping @Sendable (Request, Int) -> Answer) throws {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let bound = unsafe withUnsafeMutablePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        unsafe bind(descriptor, address, length) == 0 && listen(descriptor, 64) == 0
          && getsockname(descriptor, address, &length) == 0
      }
    }
    guard descriptor >= 0, bound else { throw ServerError() }
    self.descriptor = descriptor
    self.port = UInt16(bigEndian: address.sin_port)
    self.answer = answer
    let listener = self.descriptor
    Self.start { [weak self] in
      while true {
        let connection = accept(listener, nil, nil)
        guard connection >= 0 else { return }
        guard let self else {
          close(connection)
          return
        }
        Self.start { self.serve(connection) }
      }
    }
  }

  deinit {
    shutdown(descriptor, Int32(SHUT_RDWR))
    close(descriptor)
  }

  struct ServerError: Error {}

  /// All requests so far.
  var requests: [Request] { seen.withLock { $0 } }

  func url(_ path: String) -> String { "http://127.0.0.1:\(port)\(path)" }

  private static func start(_ body: @escaping @Sendable () -> Void) {
    final class Box: Sendable {
      let body: @Sendable () -> Void
      init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
    var thread = pthread_t()
    let box = unsafe Unmanaged.passRetained(Box(body)).toOpaque()
    unsafe pthread_create(
      &thread, nil,
      { context in
        guard let context = unsafe context else { return nil }
        unsafe Unmanaged<Box>.fromOpaque(context).takeRetainedValue().body()
        return nil
      }, box)
    pthread_detach(thread)
  }

  /// Serves requests on a connection until it is closed.
  private func serve(_ connection: Int32) {
    defer { close(connection) }
    var pending: [UInt8] = []
    while let request = readRequest(connection, &pending) {
      let number = seen.withLock { seen in
        seen.append(request)
        return seen.count - 1
      }
      let answer = answer(request, number)
      if answer.hangsUp { return }
      var head = "HTTP/1.1 \(answer.status) Whatever\r\n"
      head += "Content-Length: \(answer.body.count)\r\n"
      for (name, value) in answer.headers { head += "\(name): \(value)\r\n" }
      let body = answer.body.prefix(answer.cut ?? .max)
      guard send(Array((head + "\r\n").utf8) + body, on: connection), answer.cut == nil else {
        return
      }
    }
  }

  private func send(_ bytes: [UInt8], on connection: Int32) -> Bool {
    var done = 0
    while done < bytes.count {
      let count = unsafe bytes.withUnsafeBytes { buffer in
        unsafe Glibc.send(
          connection, buffer.baseAddress?.advanced(by: done), bytes.count - done,
          Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { return false }
      done += count
    }
    return true
  }

  private func readRequest(_ connection: Int32, _ pending: inout [UInt8]) -> Request? {
    var chunk = [UInt8](repeating: 0, count: 4096)
    let end = Array("\r\n\r\n".utf8)
    while true {
      if let place = pending.indices.first(where: { pending[$0...].starts(with: end) }) {
        let lines = String(decoding: pending[..<place], as: UTF8.self).split(separator: "\r\n")
        pending.removeSubrange(..<(place + 4))
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
          let parts = line.split(separator: ":", maxSplits: 1)
          guard parts.count == 2 else { continue }
          headers[parts[0].lowercased()] = String(parts[1].drop { $0 == " " })
        }
        let path = lines.first?.split(separator: " ").dropFirst().first
        return Request(path: path.map(String.init) ?? "", headers: headers)
      }
      let count = unsafe chunk.withUnsafeMutableBytes { buffer in
        unsafe recv(connection, buffer.baseAddress, buffer.count, 0)
      }
      guard count > 0 else { return nil }
      pending += chunk[..<count]
    }
  }
}
