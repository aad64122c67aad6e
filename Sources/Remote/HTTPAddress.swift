/// An `http` or `https` URL, taken apart strictly.
///
/// Hosts are letters, digits, dots and hyphens, or an IPv6 address in brackets; there is no user and
/// no password; nothing but printable ASCII occurs. So this parser and curl's cannot differ about
/// which host is meant, and a name for messages never shows a secret.
struct HTTPAddress: Hashable, Sendable {
  /// Whether it is `https`.
  let isSecure: Bool
  /// The host in lower case.
  let host: String
  let port: Int
  /// From the first slash on; begins with one.
  let path: String
  /// From the question mark on, or empty.
  let query: String

  /// Nil where the text is not such a URL.
  init?(_ text: String) {
    guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != 0x5C }) else { return nil }
    let lower = text.lowercased()
    let isSecure = lower.hasPrefix("https://")
    guard isSecure || lower.hasPrefix("http://") else { return nil }
    let rest = text.dropFirst(isSecure ? 8 : 7).prefix { $0 != "#" }
    let authority = rest.prefix { $0 != "/" && $0 != "?" }.lowercased()
    guard let (host, port) = Self.hostAndPort(authority) else { return nil }
    let tail = rest.dropFirst(authority.count)
    let path = tail.prefix { $0 != "?" }
    self.isSecure = isSecure
    self.host = host
    self.port = port ?? (isSecure ? 443 : 80)
    self.path = path.isEmpty ? "/" : String(path)
    self.query = String(tail.dropFirst(path.count))
  }

  private init(_ base: HTTPAddress, path: String, query: String) {
    self.isSecure = base.isSecure
    self.host = base.host
    self.port = base.port
    self.path = path
    self.query = query
  }

  private static func hostAndPort(_ authority: String) -> (host: String, port: Int?)? {
    let host: Substring
    let rest: Substring
    if authority.hasPrefix("[") {
      guard let end = authority.firstIndex(of: "]") else { return nil }
      host = authority[...end]
      rest = authority[authority.index(after: end)...]
      guard host.dropFirst().dropLast().allSatisfy({ $0.isHexDigit || $0 == ":" || $0 == "." })
      else { return nil }
    } else {
      host = authority.prefix { $0 != ":" }
      rest = authority.dropFirst(host.count)
      guard host.allSatisfy({ $0.isLetter || $0.isNumber || $0 == "." || $0 == "-" }) else {
        return nil
      }
    }
    guard !host.isEmpty else { return nil }
    if rest.isEmpty { return (String(host), nil) }
    guard rest.hasPrefix(":"), rest.count > 1, rest.dropFirst().allSatisfy(\.isNumber),
      let port = Int(rest.dropFirst()), (1...65535).contains(port)
    else { return nil }
    return (String(host), port)
  }

  /// The URL as it is requested.
  var text: String { origin + path + query }

  /// Scheme, host and port: what a token belongs to.
  var origin: String {
    let isUsual = port == (isSecure ? 443 : 80)
    return (isSecure ? "https://" : "http://") + host + (isUsual ? "" : ":\(port)")
  }

  /// For messages: without the query, which may be a signature.
  var displayName: String { origin + path }

  /// Whether the host is this machine.
  var isLoopback: Bool {
    if host == "localhost" || host == "[::1]" { return true }
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
  }

  /// The last part of the path, percent signs undone; nil where the path ends with a slash.
  var fileName: String? {
    guard let name = path.split(separator: "/", omittingEmptySubsequences: false).last,
      !name.isEmpty
    else { return nil }
    return Self.unescape(name)
  }

  /// The address of a file in the same folder.
  func sibling(_ name: String) -> HTTPAddress {
    let folder = path.lastIndex(of: "/").map { path[...$0] } ?? "/"
    return HTTPAddress(self, path: folder + Self.escape(name), query: query)
  }

  /// The address below this one; `parts` are joined by slashes and escaped.
  func appending(_ parts: [String]) -> HTTPAddress {
    var base = path
    while base.hasSuffix("/") { base.removeLast() }
    return HTTPAddress(
      self, path: base + parts.map { "/" + Self.escape($0) }.joined(), query: "")
  }

  /// The address below this one, by a part that is escaped already.
  func appending(escaped part: String) -> HTTPAddress {
    HTTPAddress(self, path: path + "/" + part, query: "")
  }

  /// Percent signs for everything but letters, digits and `-._~`; slashes stay.
  static func escape(_ text: String) -> String {
    var escaped = ""
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
        UInt8(ascii: "_"), UInt8(ascii: "~"), UInt8(ascii: "/"):
        escaped.unicodeScalars.append(Unicode.Scalar(byte))
      default:
        let digits = String(byte, radix: 16, uppercase: true)
        escaped += (byte < 16 ? "%0" : "%") + digits
      }
    }
    return escaped
  }

  /// Undoes percent signs; nil where one is not followed by two digits, or where the result is not
  /// UTF-8.
  static func unescape(_ text: some StringProtocol) -> String? {
    let bytes = Array(text.utf8)
    var plain: [UInt8] = []
    var place = 0
    while place < bytes.count {
      if bytes[place] == UInt8(ascii: "%") {
        guard bytes.count - place > 2,
          let byte = UInt8(String(decoding: bytes[place + 1...place + 2], as: UTF8.self), radix: 16)
        else { return nil }
        plain.append(byte)
        place += 3
      } else {
        plain.append(bytes[place])
        place += 1
      }
    }
    return String(validating: plain, as: UTF8.self)
  }
}
