package import WeighbridgeByteIO
package import WeighbridgeJSON

/// Reads a YAML document as the value it has in JSON.
///
/// Plain scalars are resolved by YAML 1.2's core schema (`true`, `null`, `12`, `0x1F`, `1.5`, `.inf`);
/// `yes`, `no`, `on` and `off` are strings. A key that occurs twice is an error; an alias stands for what
/// it names, up to a limit on the whole, so that a small file cannot become a large value.
package enum YAMLDocument {
  /// What a document may hold, scalars and collections together.
  package static let nodeLimit = 100_000
  /// How deep collections may nest.
  package static let depthLimit = 64

  /// The value of the only document in `text`; `null` for an empty one.
  ///
  /// - Throws: `FormatError` that names `source`, line and column.
  package static func parse(_ text: String, in source: String) throws(FormatError) -> JSONValue {
    var reading = try YAMLReading(events: YAMLEvents(text, in: source), source: source)
    return try reading.document()
  }
}

/// One walk over the events of a document.
private struct YAMLReading: ~Copyable {
  /// A value with what it counts against the limits wherever an alias repeats it.
  private struct Read {
    let value: JSONValue
    var nodes = 1
    var height = 0
  }

  var events: YAMLEvents
  let source: String
  private var anchors: [String: Read] = [:]
  private var nodes = 0

  init(events: consuming YAMLEvents, source: String) {
    self.events = events
    self.source = source
  }

  mutating func document() throws(FormatError) -> JSONValue {
    guard case .document = try events.next().content else { return .null }
    let first = try events.next()
    let value = try read(first, depth: 0).value
    // The document's end, then the text's.
    _ = try events.next()
    let last = try events.next()
    guard case .end = last.content else {
      throw fault(.invalidValue, "a second document begins", at: last.place)
    }
    return value
  }

  private mutating func read(_ event: YAMLEvent, depth: Int) throws(FormatError) -> Read {
    var read: Read
    switch event.content {
    case .scalar(let text, let isPlain):
      read = Read(value: isPlain ? Self.value(of: text) : .string(ByteString(text)))
    case .sequence: read = try sequence(depth: depth)
    case .mapping: read = try mapping(depth: depth)
    case .alias(let name):
      guard let named = anchors[name] else {
        throw fault(.invalidValue, "an alias without an anchor: *\(name)", at: event.place)
      }
      read = named
    case .document, .end:
      throw fault(.invalidValue, "a value is missing", at: event.place)
    }
    // What a collection holds was counted as it was read; an alias repeats the whole.
    if case .alias = event.content { nodes += read.nodes } else { nodes += 1 }
    guard nodes <= YAMLDocument.nodeLimit, depth + read.height <= YAMLDocument.depthLimit else {
      throw fault(
        .limitExceeded, "the document holds too much, or nests too deep", at: event.place)
    }
    if let anchor = event.anchor { anchors[anchor] = read }
    return read
  }

  private mutating func sequence(depth: Int) throws(FormatError) -> Read {
    var (values, whole) = ([JSONValue](), Read(value: .null))
    while let element = try element(depth: depth) {
      values.append(element.value)
      whole.nodes += element.nodes
      whole.height = max(whole.height, element.height + 1)
    }
    return Read(value: .array(values), nodes: whole.nodes, height: whole.height)
  }

  private mutating func mapping(depth: Int) throws(FormatError) -> Read {
    var (object, whole) = (JSONObject(), Read(value: .null))
    while true {
      let key = try events.next()
      if case .end = key.content { break }
      guard case .scalar(let name, _) = key.content else {
        throw fault(.invalidValue, "a key must be a string", at: key.place)
      }
      guard let element = try element(depth: depth) else {
        throw fault(.invalidValue, "a value is missing", at: key.place)
      }
      guard object.append(.init(ByteString(name), element.value)) else {
        throw fault(.duplicateName, "the key '\(name)' occurs twice", at: key.place)
      }
      whole.nodes += element.nodes
      whole.height = max(whole.height, element.height + 1)
    }
    return Read(value: .object(object), nodes: whole.nodes, height: whole.height)
  }

  /// The next element of a collection; nil at its end.
  private mutating func element(depth: Int) throws(FormatError) -> Read? {
    // Before it is read, so that no text can make the walk itself too deep.
    guard depth < YAMLDocument.depthLimit else {
      let place = try events.next().place
      throw fault(.limitExceeded, "the document nests too deep", at: place)
    }
    let event = try events.next()
    if case .end = event.content { return nil }
    return try read(event, depth: depth + 1)
  }

  /// What a plain scalar is by the core schema of YAML 1.2, section 10.3.2.
  private static func value(of text: String) -> JSONValue {
    switch text {
    case "", "~", "null", "Null", "NULL": return .null
    case "true", "True", "TRUE": return .bool(true)
    case "false", "False", "FALSE": return .bool(false)
    case ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF": return .double(.infinity)
    case "-.inf", "-.Inf", "-.INF": return .double(-.infinity)
    case ".nan", ".NaN", ".NAN": return .double(.nan)
    default: return number(text) ?? .string(ByteString(text))
    }
  }

  private static func number(_ text: String) -> JSONValue? {
    if text.hasPrefix("0x") { return Int(text.dropFirst(2), radix: 16).map(JSONValue.integer) }
    if text.hasPrefix("0o") { return Int(text.dropFirst(2), radix: 8).map(JSONValue.integer) }
    let digits = text.utf8.drop { $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "+") }
    guard let first = digits.first, text.utf8.count - digits.count <= 1,
      (0x30...0x39).contains(first) || first == UInt8(ascii: "."),
      digits.allSatisfy({ (0x30...0x39).contains($0) || ".eE+-".utf8.contains($0) })
    else { return nil }
    if let integer = Int(text) { return .integer(integer) }
    if let unsigned = UInt64(text) { return .unsigned(unsigned) }
    return Double(text).map(JSONValue.double)
  }

  private func fault(
    _ code: FormatError.Code, _ message: String, at place: YAMLPlace
  ) -> FormatError {
    FormatError(code, "\(message) \(place)", in: source)
  }
}
