internal import WeighbridgeByteIO
internal import WeighbridgeDigests
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

/// Digests that were written down, against those of a model.
public struct DigestCheck: Hashable, Sendable {
  /// What one line asks for.
  public struct Result: Hashable, Sendable {
    /// The tensor, the file, or `content`.
    public let name: String
    /// Whether the digest is that of the model; nil where the model has nothing of the name.
    public let isRight: Bool?
  }

  /// One for each line, in their order.
  public private(set) var results: [Result] = []

  /// Reads lines as `hash`, `sha256sum` and `gguf_hash` print them, or the document of `hash --json`.
  fileprivate init(
    _ text: String, in file: String, of digests: ModelDigests, plain: () throws -> PlainDigests
  ) throws {
    var known: [String: String] = ["content": digests.content]
    for entry in digests.files {
      known[ModelInput.shortName(entry.name)] = entry.sha256
      known[entry.name] = entry.sha256
    }
    for entry in digests.tensors { known[entry.name] = entry.sha256 }
    let lines: [Line]
    if let document = try? JSONValue.parse(Array(text.utf8)) {
      lines = try Self.lines(document, file)
    } else {
      lines = try text.split(whereSeparator: \.isNewline).compactMap { try Self.line($0, file) }
    }
    var others: PlainDigests?
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
        let found = others?.entries.first {
          $0.kind.rawValue == line.kind && $0.tensor == tensor
        }
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
    if PlainDigests.Kind(rawValue: String(first)) != nil, fields.count == 2 {
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

extension OpenedModel {
  /// Compares digests that were written down with those of the model.
  ///
  /// - Parameters:
  ///   - path: The file of digests; `-` is standard input. Lines are those of `sha256sum`, of `hash` or of
  ///     gguf-py's `gguf_hash`, or the file is the document of `hash --json`.
  ///   - digests: What `digests(using:)` computed of this model.
  ///   - resources: How much of the machine is used where lines of `gguf_hash` want tensors read again.
  /// - Returns: What each line asks for, and whether it is so.
  /// - Throws: Where the file cannot be read or holds no digests.
  public func check(
    digestsAt path: String, against digests: ModelDigests,
    using resources: Resources = Resources()
  ) throws(WeighbridgeError) -> DigestCheck {
    try publicly {
      try DigestCheck(
        String(decoding: TextInput.read(path), as: UTF8.self), in: path, of: digests
      ) { try plainDigests(ofEach: true, using: resources) }
    }
  }
}
