// What the methods of `str` share.

extension StringMethods {
  static func none(_ name: String, _ call: CallValues) throws(TemplateError) {
    guard call.positional.isEmpty, call.keywords.isEmpty else {
      throw TemplateError(
        .type, "str.\(name)() takes no arguments (\(call.positional.count) given)")
    }
  }

  static func required(_ name: String, _ call: CallValues) throws(TemplateError) -> Text {
    let parameters = try Parameters(name, call, ["text"], required: 1)
    guard let text = try parameters.text("text") else {
      throw TemplateError(.type, "\(name)() argument must be str, not None")
    }
    return text
  }

  static func strip(
    _ text: Text, _ name: String, _ call: CallValues, left: Bool = true, right: Bool = true
  ) throws(TemplateError) -> Value {
    let parameters = try Parameters(name, call, ["chars"])
    guard let characters = try parameters.text("chars") else {
      return .string(text.stripped(left: left, right: right) { $0.isPythonSpace })
    }
    let set = Set(characters.scalars)
    return .string(text.stripped(left: left, right: right) { set.contains($0) })
  }

  static func split(
    _ text: Text, _ call: CallValues, fromRight: Bool
  ) throws(TemplateError) -> Value {
    let parameters = try Parameters("split", call, ["sep", "maxsplit"])
    let limit = try parameters.integer("maxsplit").map { $0 < 0 ? Int.max : $0 } ?? Int.max
    guard let separator = try parameters.text("sep") else {
      return .list(words(of: text, limit: limit, fromRight: fromRight).map { .string($0) })
    }
    guard !separator.isEmpty else { throw TemplateError(.value, "empty separator") }
    let pieces =
      fromRight
      ? text.splitFromRight(by: separator, limit: limit) : text.split(by: separator, limit: limit)
    return .list(pieces.map { .string($0) })
  }

  /// Pieces between runs of white space.
  private static func words(of text: Text, limit: Int, fromRight: Bool) -> [Text] {
    // What is left when the limit is reached keeps the white space at its far end.
    var rest = text.stripped(left: !fromRight, right: fromRight) { $0.isPythonSpace }
    var pieces: [Text] = []
    while !rest.isEmpty {
      guard pieces.count < limit else {
        pieces.append(rest)
        break
      }
      let cut =
        fromRight
        ? rest.scalars.lastIndex { $0.isPythonSpace } : rest.scalars.firstIndex { $0.isPythonSpace }
      guard let cut else {
        pieces.append(rest)
        break
      }
      pieces.append(rest.part(fromRight ? cut + 1..<rest.count : 0..<cut))
      rest = rest.part(fromRight ? 0..<cut : cut + 1..<rest.count)
        .stripped(left: !fromRight, right: fromRight) { $0.isPythonSpace }
    }
    return fromRight ? pieces.reversed() : pieces
  }

  static func partition(
    _ text: Text, _ call: CallValues, fromRight: Bool
  ) throws(TemplateError) -> Value {
    let separator = try required(fromRight ? "rpartition" : "partition", call)
    guard !separator.isEmpty else { throw TemplateError(.value, "empty separator") }
    let place = fromRight ? text.lastIndex(of: separator) : text.firstIndex(of: separator)
    guard let place else {
      let empty = Value.text("")
      return .tuple(fromRight ? [empty, empty, .string(text)] : [.string(text), empty, empty])
    }
    return .tuple([
      .string(text.part(0..<place)), .string(separator),
      .string(text.part(place + separator.count..<text.count)),
    ])
  }

  static func join(
    _ separator: Text, _ renderer: Renderer, _ call: CallValues
  ) throws(TemplateError) -> Value {
    let parameters = try Parameters("join", call, ["iterable"], required: 1)
    var texts: [Text] = []
    for (index, value) in try (parameters["iterable"] ?? .none).iterated().enumerated() {
      guard let text = value.text else {
        throw TemplateError(
          .type, "sequence item \(index): expected str instance, \(value.typeName) found")
      }
      texts.append(text)
    }
    return .string(try separator.joining(texts, renderer.budget))
  }

  static func affix(
    _ name: String, _ text: Text, _ call: CallValues, _ test: (Text, Text) -> Bool
  ) throws(TemplateError) -> Bool {
    let parameters = try Parameters(name, call, [name, "start", "end"], required: 1)
    let range = try Self.range(parameters, text)
    guard let range else { return false }
    let part = text.part(range)
    switch parameters[name] {
    case .string(let affix): return test(part, affix)
    case .tuple(let affixes):
      for affix in affixes {
        guard let affix = affix.text else {
          throw TemplateError(
            .type, "tuple for \(name) must only contain str, not \(affix.typeName)")
        }
        if test(part, affix) { return true }
      }
      return false
    case .undefined(let undefined): throw undefined.error
    case let other:
      throw TemplateError(
        .type,
        "\(name) first arg must be str or a tuple of str, not \(other?.typeName ?? "NoneType")")
    }
  }

  /// The part between `start` and `end`, nil where it begins behind the text.
  private static func range(
    _ parameters: Parameters, _ text: Text
  ) throws(TemplateError) -> Range<Int>? {
    func place(_ index: Int?, _ otherwise: Int) -> Int {
      guard let index else { return otherwise }
      return index < 0 ? max(0, index &+ text.count) : index
    }
    let start = place(try parameters.integer("start"), 0)
    let end = min(place(try parameters.integer("end"), text.count), text.count)
    return start <= end ? start..<end : nil
  }

  static func search(
    _ name: String, _ text: Text, _ call: CallValues, fromRight: Bool = false
  ) throws(TemplateError) -> Int? {
    let parameters = try Parameters(name, call, ["sub", "start", "end"], required: 1)
    guard let part = try parameters.text("sub"), let range = try range(parameters, text) else {
      return nil
    }
    return fromRight
      ? text.lastIndex(of: part, from: range.lowerBound, to: range.upperBound)
      : text.firstIndex(of: part, from: range.lowerBound, to: range.upperBound)
  }

  static func found(_ place: Int?) throws(TemplateError) -> Int {
    guard let place else { throw TemplateError(.value, "substring not found") }
    return place
  }

  static func count(_ text: Text, _ call: CallValues) throws(TemplateError) -> Int {
    let parameters = try Parameters("count", call, ["sub", "start", "end"], required: 1)
    guard let part = try parameters.text("sub"), let range = try range(parameters, text) else {
      return 0
    }
    if part.isEmpty { return range.count + 1 }
    var (count, start) = (0, range.lowerBound)
    while let place = text.firstIndex(of: part, from: start, to: range.upperBound) {
      count += 1
      start = place + part.count
    }
    return count
  }

  /// Fills up to a width; `left` says how much of what is missing goes to the left.
  static func pad(
    _ name: String, _ text: Text, _ call: CallValues, _ budget: Budget,
    _ left: (_ missing: Int, _ width: Int) -> Int
  ) throws(TemplateError) -> Value {
    let parameters = try Parameters(name, call, ["width", "fillchar"], required: 1)
    let width = try parameters.integer("width") ?? 0
    let fill = try parameters.text("fillchar") ?? " "
    guard fill.count == 1 else {
      throw TemplateError(.type, "The fill character must be exactly one character long")
    }
    guard width > text.count else { return .string(text) }
    try budget.checkLength(width)
    let missing = width - text.count
    let before = left(missing, width)
    return .string(
      Text(
        Array(repeating: fill.scalars[0], count: before) + text.scalars
          + Array(repeating: fill.scalars[0], count: missing - before), isMarkup: text.isMarkup))
  }

  static func expandTabs(
    _ text: Text, _ call: CallValues, _ budget: Budget
  ) throws(TemplateError) -> Value {
    let parameters = try Parameters("expandtabs", call, ["tabsize"])
    let size = try parameters.integer("tabsize") ?? 8
    var (result, column): ([Unicode.Scalar], Int) = ([], 0)
    for scalar in text.scalars {
      if scalar == "\t" {
        guard size > 0 else { continue }
        let spaces = size - column % size
        try budget.checkLength(result.count + spaces, adding: spaces)
        result += Array(repeating: " ", count: spaces)
        column += spaces
      } else {
        result.append(scalar)
        column = scalar == "\n" || scalar == "\r" ? 0 : column + 1
      }
    }
    return .string(Text(result))
  }
}

extension Text {
  /// Every `old`, or the first `limit` of them, replaced; a negative limit is none.
  func replacing(
    _ old: Text, with new: Text, limit: Int, _ budget: Budget
  ) throws(TemplateError) -> Text {
    var result: [Unicode.Scalar] = []
    var (start, done) = (0, 0)
    func mayGoOn() -> Bool { limit < 0 || done < limit }
    func add(_ part: some Collection<Unicode.Scalar>) throws(TemplateError) {
      try budget.checkLength(result.count + part.count, adding: part.count)
      result.append(contentsOf: part)
    }
    if old.isEmpty {
      for scalar in scalars {
        if mayGoOn() {
          try add(new.scalars)
          done += 1
        }
        result.append(scalar)
      }
      if mayGoOn() { try add(new.scalars) }
      return Text(result, isMarkup: isMarkup)
    }
    while mayGoOn(), let place = firstIndex(of: old, from: start) {
      result.append(contentsOf: scalars[start..<place])
      try add(new.scalars)
      start = place + old.count
      done += 1
    }
    result.append(contentsOf: scalars[start...])
    return Text(result, isMarkup: isMarkup)
  }

  /// The texts with this one between them.
  func joining(_ texts: [Text], _ budget: Budget) throws(TemplateError) -> Text {
    var result: [Unicode.Scalar] = []
    for (index, text) in texts.enumerated() {
      let separator = index > 0 ? count : 0
      try budget.checkLength(
        result.count + separator + text.count, adding: separator + text.count)
      if index > 0 { result.append(contentsOf: scalars) }
      result.append(contentsOf: text.scalars)
    }
    return Text(result, isMarkup: isMarkup)
  }
}
