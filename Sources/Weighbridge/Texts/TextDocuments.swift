internal import WeighbridgeByteIO
internal import WeighbridgeDigests
internal import WeighbridgeJSON

/// One text, or one conversation.
enum TextDocument: Sendable {
  case text([UInt8])
  case conversation(Conversation)
}

/// A conversation, as chat templates take it.
struct Conversation: Sendable {
  var messages: [JSONValue]
  var tools: JSONValue?
  /// Where it stands, for errors.
  let place: String
}

/// What a source of texts holds.
struct TextDocuments: Sendable {
  private(set) var documents: [TextDocument] = []
  /// Of the bytes of all files, one behind another.
  let digest: String

  /// Reads everything; a folder's files by their names.
  init(_ source: TextSource) throws {
    var hash = SHA256()
    var rest = TextInput.limit
    for path in try Self.files(source.path) {
      let bytes = try TextInput.read(path, limit: rest)
      rest -= UInt64(bytes.count)
      hash.update(bytes)
      documents += try Self.documents(bytes, path)
    }
    digest = hash.finalize().hexadecimal
  }

  private static func files(_ path: String) throws -> [String] {
    guard path != "-", DirectoryTree.isDirectory(path) else { return [path] }
    let names = try DirectoryTree(path: path).names.sorted()
    guard !names.isEmpty else {
      throw FormatError(.invalidValue, "the folder holds no files", in: path)
    }
    return names.map { path + "/" + $0 }
  }

  private static func documents(_ bytes: [UInt8], _ path: String) throws -> [TextDocument] {
    let name = TextInput.name(of: path)
    let lower = path.lowercased()
    if lower.hasSuffix(".jsonl") || lower.hasSuffix(".ndjson") || isLines(bytes) {
      return try lines(bytes, name)
    }
    if lower.hasSuffix(".json"), bytes.first(where: { !isSpace($0) }) == UInt8(ascii: "[") {
      let list: JSONValue
      do { list = try JSONValue.parse(bytes) } catch { throw error.formatError(in: name) }
      return try (list.array ?? []).enumerated().map { index, entry in
        try document(entry, "\(name), entry \(index + 1)")
      }
    }
    // As llama.cpp's tools read `-f` (common/arg.cpp): without one final line feed.
    return [.text(bytes.last == 0x0A ? Array(bytes.dropLast()) : bytes)]
  }

  private static func isSpace(_ byte: UInt8) -> Bool {
    byte == 0x20 || (0x09...0x0D).contains(byte)
  }

  /// Whether a text is JSON lines, by its first line.
  private static func isLines(_ bytes: [UInt8]) -> Bool {
    guard bytes.first == UInt8(ascii: "{") else { return false }
    let line = Array(bytes.prefix { $0 != 0x0A })
    guard let entry = try? JSONValue.parse(line) else { return false }
    return ["text", "messages", "conversations"].contains { entry[ByteString($0)] != nil }
  }

  private static func lines(_ bytes: [UInt8], _ name: String) throws -> [TextDocument] {
    var documents: [TextDocument] = []
    let lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
    for (number, line) in lines.enumerated() where !line.allSatisfy(isSpace) {
      let place = "\(name), line \(number + 1)"
      let entry: JSONValue
      do { entry = try JSONValue.parse(Array(line)) } catch { throw error.formatError(in: place) }
      documents.append(try document(entry, place))
    }
    guard !documents.isEmpty else {
      throw FormatError(.invalidValue, "there is no entry in it", in: name)
    }
    return documents
  }

  private static func document(_ entry: JSONValue, _ place: String) throws -> TextDocument {
    if let text = entry["text"]?.string { return .text(text.bytes) }
    if let messages = entry["messages"]?.array {
      let tools = entry["tools"].flatMap { $0.isNull ? nil : $0 }
      return .conversation(Conversation(messages: messages, tools: tools, place: place))
    }
    if let turns = entry["conversations"]?.array {
      let messages = try turns.map { try message($0, place) }
      return .conversation(Conversation(messages: messages, tools: nil, place: place))
    }
    throw FormatError(
      .invalidValue, "an object with 'text', 'messages' or 'conversations' is expected", in: place)
  }

  /// ShareGPT's names of roles, and what templates call them.
  private static let roles: [String: String] = [
    "human": "user", "user": "user", "gpt": "assistant", "assistant": "assistant",
    "chatgpt": "assistant", "bing": "assistant", "bard": "assistant", "model": "assistant",
    "system": "system", "tool": "tool", "function": "tool", "observation": "tool",
  ]

  private static func message(_ turn: JSONValue, _ place: String) throws -> JSONValue {
    // Some writers mix both spellings.
    if turn["role"] != nil { return turn }
    guard let from = turn["from"]?.text, let content = turn["value"]?.string else {
      throw FormatError(.invalidValue, "a turn has 'from' and 'value', or 'role'", in: place)
    }
    guard let role = roles[from] else {
      let known = roles.keys.sorted().joined(separator: ", ")
      throw FormatError(
        .invalidValue, "a turn is from '\(from.prefix(40))'; known are \(known)", in: place)
    }
    return ["role": JSONValue(role), "content": .string(content)]
  }
}
