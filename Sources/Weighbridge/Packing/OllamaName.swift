internal import WeighbridgeByteIO

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// The name of a model in a local store of ollama: `[[host/]namespace/]model[:tag]`, as its
/// types/model/name.go reads it.
struct OllamaName: Hashable, Sendable {
  let host: String
  let namespace: String
  let model: String
  let tag: String

  static let scheme = "ollama://"

  /// Reads a name; what is left out is that of ollama's own registry.
  init(_ text: String) throws {
    var rest = text[...]
    var tag = "latest"
    // A host may have a port: the tag is behind the last slash.
    let start = rest.lastIndex(of: "/").map { rest.index(after: $0) } ?? rest.startIndex
    if let colon = rest[start...].lastIndex(of: ":") {
      tag = String(rest[rest.index(after: colon)...])
      rest = rest[..<colon]
    }
    let parts = rest.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard (1...3).contains(parts.count) else { throw Self.refusal(text) }
    let all =
      ["registry.ollama.ai", "library"].prefix(3 - parts.count) + parts
    // Only a host has a port.
    let others = all.dropFirst() + [tag]
    guard Self.isPart(all[0], allows: ":"), others.allSatisfy({ Self.isPart($0, allows: "") })
    else { throw Self.refusal(text) }
    (host, namespace, model, self.tag) = (all[0], all[1], all[2], tag)
  }

  private static func refusal(_ text: String) -> RequestError {
    RequestError(
      message: "'\(text)' is no name of a model in ollama's store",
      hint: "[[HOST/]NAMESPACE/]MODEL[:TAG]: llama3.2:1b")
  }

  /// Letters, digits, `_`, `-` and `.`, beginning with a letter, a digit or `_`: nothing leaves a folder.
  private static func isPart(_ text: String, allows others: String) -> Bool {
    guard let first = text.unicodeScalars.first, text.utf8.count <= 128 else { return false }
    func isWord(_ scalar: Unicode.Scalar) -> Bool {
      scalar == "_" || ("0"..."9").contains(scalar) || ("a"..."z").contains(scalar)
        || ("A"..."Z").contains(scalar)
    }
    return isWord(first)
      && text.unicodeScalars.allSatisfy {
        isWord($0) || $0 == "-" || $0 == "." || others.unicodeScalars.contains($0)
      }
  }

  /// A text made into a part of a name.
  static func part(_ text: String) -> String {
    let scalars = text.lowercased().unicodeScalars.map { scalar -> Character in
      let isKept =
        ("0"..."9").contains(scalar) || ("a"..."z").contains(scalar)
        || "_.-".unicodeScalars
          .contains(scalar)
      return isKept ? Character(scalar) : "-"
    }
    let trimmed = String(scalars.drop { "-.".contains($0) }.prefix(80))
    return trimmed.isEmpty ? "model" : trimmed
  }

  /// Where its manifest is in a store.
  var manifestPath: String { "manifests/\(host)/\(namespace)/\(model)/\(tag)" }

  /// What `ollama run` takes.
  var shortText: String {
    let prefix =
      host != "registry.ollama.ai"
      ? "\(host)/\(namespace)/" : namespace == "library" ? "" : "\(namespace)/"
    return "\(prefix)\(model):\(tag)"
  }

  /// The store of this user: `OLLAMA_MODELS`, or the one in the home folder.
  static var store: String {
    if let path = variable("OLLAMA_MODELS"), !path.isEmpty { return path }
    return (variable("HOME") ?? "") + "/.ollama/models"
  }

  private static func variable(_ name: String) -> String? {
    unsafe getenv(name).map { unsafe String(cString: $0) }
  }
}
