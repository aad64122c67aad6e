/// The longer filters of texts.
enum TextFilters {
  /// Words, as Jinja's title case knows them, begin behind `-`, `(`, `{`, `[`, `<` and white space.
  static func title(_ text: Text) -> Text {
    let separators: Set<Unicode.Scalar> = ["-", "(", "{", "[", "<"]
    var result: [Unicode.Scalar] = []
    var word: [Unicode.Scalar] = []
    func flush() {
      if let first = word.first {
        result += Text([first]).uppercased.scalars + Text(word.dropFirst()).lowercased.scalars
      }
      word = []
    }
    for scalar in text.scalars {
      if separators.contains(scalar) || scalar.isPythonSpace {
        flush()
        result.append(scalar)
      } else {
        word.append(scalar)
      }
    }
    flush()
    return Text(result, isMarkup: text.isMarkup)
  }

  static func indent(
    _ value: Value, _ call: CallValues, _ budget: Budget
  ) throws(TemplateError) -> Value {
    let parameters = try Parameters("indent", call, ["width", "first", "blank"])
    guard let text = value.text else {
      // The filter adds a line break first, which fails as any other addition does.
      return try Value.apply(.add, value, .text("\n"), budget)
    }
    let indentation: Text
    if case .string(let text)? = parameters["width"] {
      indentation = text
    } else {
      let width = max(0, try parameters.integer("width") ?? 4)
      try budget.checkLength(width)
      indentation = Text(Array(repeating: " ", count: width))
    }
    var lines = Text(text.scalars + ["\n"]).lines()
    try budget.checkLength(text.count + lines.count * (indentation.count + 1))
    let isBlankToo = parameters.flag("blank")
    for index in lines.indices.dropFirst() where isBlankToo || !lines[index].isEmpty {
      lines[index] = indentation + lines[index]
    }
    if parameters.flag("first"), !lines.isEmpty { lines[0] = indentation + lines[0] }
    var result = try Text("\n").joining(lines, budget)
    result.isMarkup = text.isMarkup
    return .string(result)
  }

  static func truncate(
    _ value: Value, _ call: CallValues, _ budget: Budget
  ) throws(TemplateError) -> Value {
    let parameters = try Parameters("truncate", call, ["length", "killwords", "end", "leeway"])
    let text = value.soft
    let length = try parameters.integer("length") ?? 255
    let end = try parameters.text("end") ?? "..."
    let leeway = try parameters.integer("leeway") ?? 5
    guard length >= end.count else {
      throw TemplateError(.assertionFailed, "expected length >= \(end.count), got \(length)")
    }
    guard leeway >= 0 else {
      throw TemplateError(.assertionFailed, "expected leeway >= 0, got \(leeway)")
    }
    if text.count - leeway <= length { return .string(text) }
    let kept = text.part(0..<length - end.count)
    if parameters.flag("killwords") { return .string(kept + end) }
    return .string(kept.splitFromRight(by: " ", limit: 1)[0] + end)
  }

  static func wordCount(_ text: Text) -> Int {
    var (count, isInside) = (0, false)
    for scalar in text.scalars {
      if scalar.isWordCharacter, !isInside { count += 1 }
      isInside = scalar.isWordCharacter
    }
    return count
  }

  /// Lines of at most `width`, broken at white space, and within longer words where allowed.
  static func wordWrap(
    _ value: Value, _ call: CallValues, _ budget: Budget
  ) throws(TemplateError) -> Value {
    let parameters = try Parameters(
      "wordwrap", call, ["width", "break_long_words", "wrapstring", "break_on_hyphens"])
    let width = try parameters.integer("width") ?? 79
    guard width > 0 else { throw TemplateError(.value, "invalid width \(width) (must be > 0)") }
    let separator = try parameters.text("wrapstring") ?? "\n"
    var paragraphs: [Text] = []
    for line in value.soft.lines() {
      let wrapped = wrap(
        line, width, breaksWords: parameters.flag("break_long_words", true),
        breaksHyphens: parameters.flag("break_on_hyphens", true))
      paragraphs.append(try separator.joining(wrapped, budget))
    }
    return .string(try separator.joining(paragraphs, budget))
  }

  private static func wrap(
    _ line: Text, _ width: Int, breaksWords: Bool, breaksHyphens: Bool
  ) -> [Text] {
    var chunks = self.chunks(of: line, breaksHyphens: breaksHyphens)[...]
    var lines: [Text] = []
    while !chunks.isEmpty {
      if !lines.isEmpty, chunks.first?.all(\.isPythonSpace) == true { chunks.removeFirst() }
      var current: [Text] = []
      var length = 0
      while let next = chunks.first, length + next.count <= width {
        current.append(next)
        length += next.count
        chunks.removeFirst()
      }
      if let next = chunks.first, next.count > width {
        if breaksWords {
          let room = max(1, width - length)
          current.append(next.part(0..<room))
          chunks[chunks.startIndex] = next.part(room..<next.count)
        } else if current.isEmpty {
          current.append(chunks.removeFirst())
        }
      }
      if current.last?.all(\.isPythonSpace) == true { current.removeLast() }
      if !current.isEmpty { lines.append(Text(current.flatMap(\.scalars))) }
    }
    return lines
  }

  /// Words and the white space between them; a word is cut behind a hyphen between letters.
  private static func chunks(of line: Text, breaksHyphens: Bool) -> [Text] {
    var chunks: [[Unicode.Scalar]] = []
    var wasSpace: Bool?
    let scalars = line.scalars
    for (index, scalar) in scalars.enumerated() {
      let follows =
        breaksHyphens && index >= 2 && scalars[index - 1] == "-" && scalar.isPythonLetter
        && scalars[index - 2].isPythonLetter
      if wasSpace != scalar.isPythonSpace || follows { chunks.append([]) }
      chunks[chunks.count - 1].append(scalar)
      wasSpace = scalar.isPythonSpace
    }
    return chunks.map { Text($0) }
  }

  /// Without comments and tags; runs of white space become one space.
  static func withoutTags(_ text: Text) -> Text {
    var result: [Unicode.Scalar] = []
    var index = 0
    let scalars = text.scalars
    // An end that was not found is not looked for again: the time would be the square of the length.
    var endless: (comment: Bool, tag: Bool) = (false, false)
    while index < scalars.count {
      if scalars[index] == "<" {
        let isComment = scalars[index...].starts(with: "<!--".unicodeScalars)
        let isEndless = isComment ? endless.comment : endless.tag
        let mark: Text = isComment ? "-->" : ">"
        if !isEndless, let end = text.firstIndex(of: mark, from: index) {
          index = end + mark.count
          continue
        }
        if isComment { endless.comment = true } else { endless.tag = true }
      }
      result.append(scalars[index])
      index += 1
    }
    let words = Text(result).string.split(whereSeparator: {
      $0.unicodeScalars.allSatisfy(\.isPythonSpace)
    })
    return Text(words.joined(separator: " "))
  }

  static func urlEncoded(_ value: Value, _ budget: Budget) throws(TemplateError) -> Text {
    if value.text != nil || value.elements == nil { return quoted(value.printed, keepsSlash: true) }
    var pairs: [Text] = []
    let items: [Value]
    if case .dictionary(let dictionary) = value {
      items = dictionary.items
    } else {
      items = try value.iterated()
    }
    for item in items {
      let pair = try item.iterated()
      guard pair.count == 2 else {
        throw TemplateError(.value, "not enough values to unpack (expected 2, got \(pair.count))")
      }
      pairs.append(
        quoted(pair[0].printed, keepsSlash: false) + "="
          + quoted(pair[1].printed, keepsSlash: false))
    }
    return try Text("&").joining(pairs, budget)
  }

  private static func quoted(_ text: Text, keepsSlash: Bool) -> Text {
    var result: [Unicode.Scalar] = []
    for byte in text.string.utf8 {
      let scalar = Unicode.Scalar(byte)
      let isPlain =
        byte < 0x80 && (Character(scalar).isLetter || scalar.isASCIIDigit)
        || "_.-~".unicodeScalars.contains(scalar) || (keepsSlash && scalar == "/")
      if isPlain {
        result.append(scalar)
      } else if !keepsSlash, scalar == " " {
        result.append("+")
      } else {
        let digits = String(byte, radix: 16, uppercase: true)
        result.append(contentsOf: ("%" + (digits.count < 2 ? "0" : "") + digits).unicodeScalars)
      }
    }
    return Text(result)
  }

  static func xmlAttributes(_ value: Value, _ call: CallValues) throws(TemplateError) -> Value {
    let parameters = try Parameters("xmlattr", call, ["autospace"])
    guard case .dictionary(let dictionary) = value else {
      throw TemplateError(.type, "xmlattr takes a mapping, not \(value.typeName)")
    }
    var result: [Unicode.Scalar] = []
    for (key, value) in zip(dictionary.keys, dictionary.values) {
      if value.isNone || value.isUndefined { continue }
      let name = key.printed
      guard !name.scalars.contains(where: { " \t\n\r\u{B}\u{C}/>=".unicodeScalars.contains($0) })
      else {
        throw TemplateError(
          .value, "Invalid character in attribute name: \(name.pythonQuoted.string)")
      }
      if !result.isEmpty { result.append(" ") }
      result += name.escaped.scalars + ["=", "\""] + value.soft.escapedOnce.scalars + ["\""]
    }
    if parameters.flag("autospace", true), !result.isEmpty { result.insert(" ", at: 0) }
    return .string(Text(result))
  }
}

extension Text {
  /// Escaped, unless it is marked already.
  fileprivate var escapedOnce: Text { isMarkup ? self : escaped }
}
