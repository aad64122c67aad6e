/// Cuts a template into tokens, as Jinja does with `trim_blocks` and `lstrip_blocks`.
///
/// A line break right after a statement or a comment is dropped; white space before one at the start of a
/// line too; `-` at a tag's edge strips all white space on that side, `+` keeps it (jinja2/lexer.py,
/// `Lexer.tokeniter`).
struct TemplateLexer {
  let source: [Unicode.Scalar]
  var position = 0
  var tokens: [TemplateToken] = []
  /// Brackets that are open within the current tag, innermost last.
  var open: [Unicode.Scalar] = []
  private let lineStarts: [Int]
  /// Whether the last thing cut ended a line: what follows then begins one.
  private var isAtLineStart = true

  init(_ text: some StringProtocol) {
    let source = Self.normalized(Array(text.unicodeScalars))
    self.source = source
    lineStarts = [0] + source.indices.filter { source[$0] == "\n" }.map { $0 + 1 }
  }

  /// One kind of line break, and none at the very end.
  private static func normalized(_ text: [Unicode.Scalar]) -> [Unicode.Scalar] {
    var result: [Unicode.Scalar] = []
    result.reserveCapacity(text.count)
    for (index, scalar) in text.enumerated() {
      if scalar == "\r" {
        if index + 1 == text.count || text[index + 1] != "\n" { result.append("\n") }
      } else {
        result.append(scalar)
      }
    }
    if result.last == "\n" { result.removeLast() }
    return result
  }

  /// All tokens; the last one is the end.
  static func tokens(of text: some StringProtocol) throws(TemplateError) -> [TemplateToken] {
    var lexer = TemplateLexer(text)
    try lexer.run()
    return lexer.tokens
  }

  func place(_ offset: Int) -> Place {
    var (low, high) = (0, lineStarts.count)
    while high - low > 1 {
      let middle = (low + high) / 2
      if lineStarts[middle] <= offset { low = middle } else { high = middle }
    }
    return Place(line: low + 1, column: offset - lineStarts[low] + 1)
  }

  func fault(_ message: String, at offset: Int) -> TemplateError {
    TemplateError(.syntax, message, at: place(offset))
  }

  func has(_ text: String, at offset: Int) -> Bool {
    var index = offset
    for scalar in text.unicodeScalars {
      guard index < source.count, source[index] == scalar else { return false }
      index += 1
    }
    return true
  }

  mutating func append(_ kind: TemplateToken.Kind, at offset: Int) {
    tokens.append(TemplateToken(kind: kind, place: place(offset)))
  }

  mutating func skipSpace() {
    while position < source.count, source[position].isPythonSpace { position += 1 }
  }

  private mutating func run() throws(TemplateError) {
    while position < source.count {
      guard let tag = nextTag(from: position) else {
        append(.data(Text(source[position...])), at: position)
        position = source.count
        break
      }
      try cutTag(at: tag)
    }
    append(.end, at: source.count)
  }

  private func nextTag(from start: Int) -> Int? {
    var index = start
    while index + 1 < source.count {
      if source[index] == "{" {
        let next = source[index + 1]
        if next == "{" || next == "%" || next == "#" { return index }
      }
      index += 1
    }
    return nil
  }

  private mutating func cutTag(at tag: Int) throws(TemplateError) {
    let kind = source[tag + 1]
    var inside = tag + 2
    var sign: Unicode.Scalar?
    if inside < source.count, source[inside] == "-" || source[inside] == "+" {
      sign = source[inside]
      inside += 1
    }
    appendData(before: tag, sign: sign, isVariable: kind == "{")
    position = inside
    switch kind {
    case "#": try skipComment(from: tag)
    case "{":
      append(.variableBegin, at: tag)
      try cutExpression(isVariable: true)
      isAtLineStart = position > 0 && source[position - 1] == "\n"
    default:
      if let body = rawBegin(from: inside) { return try cutRaw(from: body, tag: tag) }
      append(.blockBegin, at: tag)
      try cutExpression(isVariable: false)
      isAtLineStart = position > 0 && source[position - 1] == "\n"
    }
  }

  /// The text from here to a tag, stripped as its sign and `lstrip_blocks` say.
  private mutating func appendData(before tag: Int, sign: Unicode.Scalar?, isVariable: Bool) {
    var end = tag
    if sign == "-" {
      while end > position, source[end - 1].isPythonSpace { end -= 1 }
    } else if sign != "+", !isVariable {
      var lineStart = end
      while lineStart > position, source[lineStart - 1] != "\n" { lineStart -= 1 }
      if lineStart > position || isAtLineStart,
        source[lineStart..<end].allSatisfy(\.isPythonSpace)
      {
        end = lineStart
      }
    }
    if end > position { append(.data(Text(source[position..<end])), at: position) }
  }

  private mutating func skipComment(from tag: Int) throws(TemplateError) {
    while position < source.count {
      if let end = tagEnd("#}", at: position) {
        position = end
        isAtLineStart = source[end - 1] == "\n"
        return
      }
      position += 1
    }
    throw fault("Missing end of comment tag", at: tag)
  }

  /// Where a tag's end at `offset` ends, with what is trimmed behind it; nil where none stands there.
  func tagEnd(_ mark: String, at offset: Int) -> Int? {
    if has("-" + mark, at: offset) {
      var end = offset + 3
      while end < source.count, source[end].isPythonSpace { end += 1 }
      return end
    }
    if has("+" + mark, at: offset) { return mark == "}}" ? nil : offset + 3 }
    guard has(mark, at: offset) else { return nil }
    let end = offset + 2
    return mark != "}}" && end < source.count && source[end] == "\n" ? end + 1 : end
  }
}

// MARK: - Raw blocks

extension TemplateLexer {
  /// Where the body begins, if the block that was entered is `raw`.
  private func rawBegin(from inside: Int) -> Int? {
    var index = inside
    while index < source.count, source[index].isPythonSpace { index += 1 }
    guard has("raw", at: index) else { return nil }
    index += 3
    while index < source.count, source[index].isPythonSpace { index += 1 }
    if has("-%}", at: index) {
      index += 3
      while index < source.count, source[index].isPythonSpace { index += 1 }
      return index
    }
    return has("%}", at: index) ? index + 2 : nil
  }

  private mutating func cutRaw(from body: Int, tag: Int) throws(TemplateError) {
    isAtLineStart = source[body - 1] == "\n"
    position = body
    var index = body
    while index < source.count {
      if has("{%", at: index) {
        var inside = index + 2
        var sign: Unicode.Scalar?
        if inside < source.count, source[inside] == "-" || source[inside] == "+" {
          sign = source[inside]
          inside += 1
        }
        while inside < source.count, source[inside].isPythonSpace { inside += 1 }
        if has("endraw", at: inside) {
          inside += 6
          while inside < source.count, source[inside].isPythonSpace { inside += 1 }
          if let end = tagEnd("%}", at: inside) {
            appendData(before: index, sign: sign, isVariable: false)
            position = end
            isAtLineStart = source[end - 1] == "\n"
            return
          }
        }
      }
      index += 1
    }
    throw fault("Missing end of raw directive", at: tag)
  }
}
