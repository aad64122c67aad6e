internal import CWeighbridgeYAML
internal import WeighbridgeByteIO

/// Where something stands in a document: line and column, from 1.
struct YAMLPlace: CustomStringConvertible {
  let line: Int
  let column: Int

  init(_ mark: yaml_mark_t) {
    line = Int(clamping: mark.line).addingReportingOverflow(1).partialValue
    column = Int(clamping: mark.column).addingReportingOverflow(1).partialValue
  }

  var description: String { "(line \(line), column \(column))" }
}

/// What a document is made of, in the order of its text.
struct YAMLEvent {
  enum Content {
    case document, end
    case alias(String)
    /// A scalar's text, and whether it is plain: neither quoted nor tagged as a string.
    case scalar(String, isPlain: Bool)
    case sequence, mapping
  }

  let content: Content
  /// The name by which aliases refer to it.
  let anchor: String?
  let place: YAMLPlace
}

/// The events of a text, one after the other, as libyaml's parser finds them.
@safe struct YAMLEvents: ~Copyable {
  private let parser: UnsafeMutablePointer<yaml_parser_t>
  /// The parser reads from here for as long as it lives.
  private let text: UnsafeMutableBufferPointer<UInt8>
  private let source: String

  init(_ text: String, in source: String) throws(FormatError) {
    let bytes = Array(text.utf8)
    self.source = source
    unsafe self.text = .allocate(capacity: bytes.count)
    _ = unsafe self.text.initialize(from: bytes)
    unsafe parser = .allocate(capacity: 1)
    unsafe parser.initialize(to: yaml_parser_t())
    guard unsafe yaml_parser_initialize(parser) == 1 else {
      throw FormatError(.limitExceeded, "there is no memory for a parser", in: source)
    }
    unsafe yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
    unsafe yaml_parser_set_input_string(parser, self.text.baseAddress, bytes.count)
  }

  deinit {
    unsafe yaml_parser_delete(parser)
    unsafe parser.deallocate()
    unsafe text.deallocate()
  }

  /// The next event; `end` closes a collection, a document or the text.
  ///
  /// - Throws: `FormatError` that names what is wrong, with line and column.
  mutating func next() throws(FormatError) -> YAMLEvent {
    while true {
      var event = unsafe yaml_event_t()
      guard unsafe yaml_parser_parse(parser, &event) == 1 else { throw fault() }
      defer { unsafe yaml_event_delete(&event) }
      if let event = unsafe Self.event(of: event) { return event }
    }
  }

  /// An event without what libyaml owns; nil for those that say nothing.
  private static func event(of event: yaml_event_t) -> YAMLEvent? {
    let place = unsafe YAMLPlace(event.start_mark)
    func made(_ content: YAMLEvent.Content, _ anchor: UnsafeMutablePointer<UInt8>? = nil)
      -> YAMLEvent
    {
      let anchor = unsafe anchor.map { unsafe String(cString: $0) }
      return YAMLEvent(content: content, anchor: anchor, place: place)
    }
    switch unsafe event.type {
    case YAML_DOCUMENT_START_EVENT: return made(.document)
    case YAML_DOCUMENT_END_EVENT, YAML_STREAM_END_EVENT, YAML_SEQUENCE_END_EVENT,
      YAML_MAPPING_END_EVENT:
      return made(.end)
    case YAML_ALIAS_EVENT:
      return unsafe made(.alias(String(cString: event.data.alias.anchor)))
    case YAML_SCALAR_EVENT:
      let scalar = unsafe event.data.scalar
      let bytes = unsafe UnsafeBufferPointer(start: scalar.value, count: scalar.length)
      let tag = unsafe scalar.tag.map { unsafe String(cString: $0) }
      let isPlain =
        unsafe scalar.style == YAML_PLAIN_SCALAR_STYLE && tag != "!" && tag != stringTag
      return unsafe made(
        .scalar(String(decoding: bytes, as: UTF8.self), isPlain: isPlain), scalar.anchor)
    case YAML_SEQUENCE_START_EVENT:
      return unsafe made(.sequence, event.data.sequence_start.anchor)
    case YAML_MAPPING_START_EVENT: return unsafe made(.mapping, event.data.mapping_start.anchor)
    default: return nil
    }
  }

  private static let stringTag = "tag:yaml.org,2002:str"

  private func fault() -> FormatError {
    let problem = unsafe parser.pointee.problem.map { unsafe String(cString: $0) } ?? "unreadable"
    let place =
      unsafe parser.pointee.error == YAML_READER_ERROR
      ? "(at byte \(unsafe parser.pointee.problem_offset))"
      : unsafe YAMLPlace(parser.pointee.problem_mark).description
    return FormatError(.invalidValue, "this is not YAML: \(problem) \(place)", in: source)
  }
}
