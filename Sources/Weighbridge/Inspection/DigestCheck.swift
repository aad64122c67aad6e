internal import WeighbridgeByteIO
internal import WeighbridgeDigests
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

/// Digests that were written down, against those of a model: `hash --check`.
package struct DigestCheck: Sendable {
  /// What one line asks for.
  package struct Result: Hashable, Sendable {
    /// The tensor, the file, or `content`.
    package let name: String
    /// Nil where the model has nothing of the name.
    package let isRight: Bool?
  }

  package private(set) var results: [Result] = []

  /// Reads lines as `hash`, `sha256sum` and `gguf_hash` print them, or the document of `hash --json`.
  package init(
    _ text: String, in file: String, of hashes: ModelHashes, plain: () throws -> PlainHashes
  ) throws {
    var known: [String: String] = ["content": hashes.content.hexadecimal]
    for entry in hashes.files {
      known[ModelInput.shortName(entry.path)] = entry.digest.hexadecimal
      known[entry.path] = entry.digest.hexadecimal
    }
    for entry in hashes.tensors { known[entry.name.text] = entry.digest.hexadecimal }
    let lines: [Line]
    if let document = try? JSONValue.parse(Array(text.utf8)) {
      lines = try Self.lines(document, file)
    } else {
      lines = try text.split(whereSeparator: \.isNewline).compactMap { try Self.line($0, file) }
    }
    var others: PlainHashes?
    for line in lines {
      // gguf_hash puts the file's name in front of a tensor's, and hashes all tensors as one.
      let tensor = line.name.lastIndex(of: ":").map {
        String(line.name[line.name.index(after: $0)...])
      }
      let name = line.isPlain ? tensor : line.name
      if line.kind == "sha256", let name,
        let digest = known[name] ?? known[ModelInput.shortName(name)]
      {
        results.append(Result(name: line.name, isRight: digest == line.digest.lowercased()))
      } else if line.isPlain {
        if others == nil { others = try plain() }
        let found = others?.lines.first { $0.kind == line.kind && $0.tensor == tensor }
        results.append(
          Result(name: line.name, isRight: found.map { $0.digest == line.digest.lowercased() }))
      } else {
        results.append(Result(name: line.name, isRight: nil))
      }
    }
    guard !results.isEmpty else {
      throw RequestError(
        message: "\(file): there are no digests in it",
        hint: "it holds what 'weighbridge hash', 'sha256sum' or 'gguf_hash' print")
    }
  }

  /// `isPlain` is whether it is a line of gguf_hash, whose file stands for all tensors.
  private typealias Line = (kind: String, digest: String, name: String, isPlain: Bool)

  private static func line(_ text: Substring, _ file: String) throws -> Line? {
    let fields = text.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: true)
    guard let first = fields.first, first.first != "#" else { return nil }
    let kinds: Set<String> = ["sha1", "sha256", "uuid"]
    if kinds.contains(String(first)), fields.count == 2 {
      let rest = fields[1].drop { $0 == " " }
      guard let space = rest.firstIndex(of: " ") else { return nil }
      return (
        String(first), String(rest[..<space]), String(rest[space...].drop { $0 == " " }), true
      )
    }
    guard fields.count == 2, Digest(hexadecimal: first.lowercased()) != nil else {
      throw RequestError(message: "\(file): '\(text.prefix(60))' is no line of digests")
    }
    // sha256sum marks binary files with an asterisk.
    return ("sha256", String(first), String(fields[1].drop { $0 == " " || $0 == "*" }), false)
  }

  private static func lines(_ document: JSONValue, _ file: String) throws -> [Line] {
    var lines: [Line] = []
    for list in ["tensors", "files"] {
      for entry in document[ByteString(list)]?.array ?? [] {
        guard let name = entry["name"]?.text ?? entry["path"]?.text,
          let digest = entry["sha256"]?.text
        else {
          throw RequestError(message: "\(file): an entry of '\(list)' has no name or no sha256")
        }
        lines.append(("sha256", digest, name, false))
      }
    }
    if let content = document["content"]?.text {
      lines.append(("sha256", content, "content", false))
    }
    return lines
  }
}
