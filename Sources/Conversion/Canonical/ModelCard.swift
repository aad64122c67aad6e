internal import ByteIO
internal import Checkpoints
internal import JSON
internal import ModelIR

/// The front matter of a `README.md`: a small part of YAML.
///
/// Understood are scalars, block and flow lists, mappings in lists and text over several lines: what
/// model cards contain. Deeper structures (evaluation results) are skipped, since nothing here needs
/// them.
struct ModelCard {
  private let content: JSONObject

  /// Reads the card of a checkpoint; empty where there is none.
  init(_ files: CheckpointFiles) throws(ModelError) {
    // A card is decoration: one that is not text is as good as none.
    let text = (try? files.text("README.md")) ?? nil
    self.init(text ?? "")
  }

  /// Reads a text.
  init(_ text: String) {
    var lines = text.split(omittingEmptySubsequences: false) { $0.isNewline }[...]
    guard lines.first == "---" else {
      content = JSONObject()
      return
    }
    lines = lines.dropFirst().prefix { $0 != "---" }
    content = Self.parse(lines.map { String($0).replacing("\t", with: "  ") })
  }

  /// The value of a key.
  subscript(key: String) -> JSONValue? { content[ByteString(key)] }

  /// The elements of a list, or a scalar as the only one.
  func list(_ key: String) -> [JSONValue] {
    switch self[key] {
    case .array(let values)?: values
    case .string(let text)?: [.string(text)]
    case .object?, .integer?, .unsigned?, .double?, .bool?, .null?, nil: []
    }
  }

  private static func indent(_ line: String) -> Int { line.prefix { $0 == " " }.count }

  private static func isEmpty(_ line: String) -> Bool {
    let first = line.first { $0 != " " }
    return first == nil || first == "#"
  }

  private static func parse(_ lines: [String]) -> JSONObject {
    var object = JSONObject()
    var index = 0
    while index < lines.count {
      let line = lines[index]
      index += 1
      guard !isEmpty(line), indent(line) == 0, let (key, rest) = pair(line) else { continue }
      var block: [String] = []
      while index < lines.count,
        isEmpty(lines[index]) || indent(lines[index]) > 0 || lines[index].hasPrefix("- ")
          || lines[index] == "-"
      {
        block.append(lines[index])
        index += 1
      }
      object[ByteString(key)] = value(rest, block)
    }
    return object
  }

  /// The key and what follows it on the line.
  private static func pair(_ line: String) -> (key: String, rest: String)? {
    guard let colon = line.firstIndex(of: ":") else { return nil }
    let after = line.index(after: colon)
    guard after == line.endIndex || line[after] == " " else { return nil }
    let key = scalar(String(line[..<colon]))
    return (key.text ?? "", trimmed(String(line[after...])))
  }

  private static func value(_ rest: String, _ block: [String]) -> JSONValue {
    if rest.hasPrefix("|") || rest.hasPrefix(">") {
      return text(block, folded: rest.hasPrefix(">"))
    }
    if !rest.isEmpty {
      // A plain scalar may go on in the lines that follow.
      let more = block.filter { !isEmpty($0) && !trimmed($0).hasPrefix("- ") }.map(trimmed)
      return scalar(([rest] + more).joined(separator: " "))
    }
    let items = block.filter { !isEmpty($0) }
    guard let first = items.first, trimmed(first).hasPrefix("-") else { return .null }
    return .array(list(items, at: indent(first)))
  }

  private static func list(_ lines: [String], at column: Int) -> [JSONValue] {
    var values: [JSONValue] = []
    for line in lines {
      let text = trimmed(line)
      if indent(line) == column, text.hasPrefix("-") {
        let rest = trimmed(String(text.dropFirst()))
        if let (key, value) = pair(rest), !rest.hasPrefix("\""), !rest.hasPrefix("'") {
          var object = JSONObject()
          object[ByteString(key)] = scalar(value)
          values.append(.object(object))
        } else {
          values.append(scalar(rest))
        }
      } else if indent(line) == column + 2, case .object(var object)? = values.last,
        let (key, value) = pair(text)
      {
        object[ByteString(key)] = scalar(value)
        values[values.count - 1] = .object(object)
      }
    }
    return values
  }

  private static func text(_ block: [String], folded: Bool) -> JSONValue {
    let column = block.first { !isEmpty($0) }.map(indent) ?? 0
    let lines = block.map { String($0.dropFirst(min(column, indent($0)))) }
    let joined = lines.joined(separator: folded ? " " : "\n")
    let end = joined.lastIndex { !$0.isWhitespace }
    return JSONValue(end.map { String(joined[...$0]) + "\n" } ?? "")
  }

  private static func trimmed(_ text: String) -> String {
    let rest = text.drop { $0 == " " }
    return rest.lastIndex { $0 != " " }.map { String(rest[...$0]) } ?? ""
  }

  private static func scalar(_ source: String) -> JSONValue {
    let text = trimmed(source)
    if text.hasPrefix("["), text.hasSuffix("]") {
      let items = text.dropFirst().dropLast().split(separator: ",")
      return .array(items.map { scalar(String($0)) })
    }
    for quote in ["\"", "'"] where text.hasPrefix(quote) {
      if let end = text.dropFirst().lastIndex(of: Character(quote)) {
        return JSONValue(String(text[text.index(after: text.startIndex)..<end]))
      }
    }
    let plain = text.firstRange(of: " #").map { trimmed(String(text[..<$0.lowerBound])) } ?? text
    switch plain.lowercased() {
    case "", "null", "~": return .null
    case "true", "yes", "on": return true
    case "false", "off": return false
    default: break
    }
    if let number = Int(plain) { return .integer(number) }
    if plain.first?.isNumber == true, let number = Double(plain) { return .double(number) }
    return JSONValue(plain)
  }
}
