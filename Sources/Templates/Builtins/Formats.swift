/// `str.format`: fields in braces.
enum BraceFormat {
  static func apply(
    _ format: Text, _ call: CallValues, _ budget: Budget
  ) throws(TemplateError) -> Text {
    var state = State(call: call, budget: budget)
    return try state.expand(format.scalars[...], depth: 2)
  }

  private struct State {
    let call: CallValues
    let budget: Budget
    var nextIndex = 0
    var isNumbered: Bool?

    mutating func expand(
      _ format: ArraySlice<Unicode.Scalar>, depth: Int
    ) throws(TemplateError) -> Text {
      guard depth >= 0 else { throw TemplateError(.value, "Max string recursion exceeded") }
      var rest = format
      var result: [Unicode.Scalar] = []
      while let scalar = rest.popFirst() {
        guard scalar == "{" || scalar == "}" else {
          result.append(scalar)
          continue
        }
        if rest.first == scalar {
          rest.removeFirst()
          result.append(scalar)
        } else if scalar == "}" {
          throw TemplateError(.value, "Single '}' encountered in format string")
        } else {
          let text = try field(&rest, depth)
          try budget.checkLength(result.count + text.count, adding: text.count)
          result += text.scalars
        }
      }
      return Text(result)
    }

    /// One field, from behind its opening brace to behind its closing one.
    private mutating func field(
      _ rest: inout ArraySlice<Unicode.Scalar>, _ depth: Int
    ) throws(TemplateError) -> Text {
      var level = 1
      var end = rest.startIndex
      while end < rest.endIndex {
        if rest[end] == "{" { level += 1 }
        if rest[end] == "}" { level -= 1 }
        if level == 0 { break }
        end += 1
      }
      guard level == 0 else {
        throw TemplateError(
          .value,
          rest.isEmpty
            ? "Single '{' encountered in format string" : "expected '}' before end of string")
      }
      let body = rest[..<end]
      rest = rest[(end + 1)...]
      let mark = body.firstIndex { $0 == "!" || $0 == ":" } ?? body.endIndex
      var tail = body[mark...]
      var value = try self.value(body[..<mark])
      if tail.first == "!" {
        tail.removeFirst()
        switch tail.popFirst() {
        case "r"?, "a"?: value = .string(value.represented)
        case "s"?: value = .string(value.printed)
        default: throw TemplateError(.value, "Unknown conversion specifier")
        }
      }
      if tail.first == ":" { tail.removeFirst() }
      let specification = try expand(tail, depth: depth - 1)
      if specification.isEmpty { return value.printed }
      return try FormatSpecification(specification).format(value, budget)
    }

    /// The value that `0.name[key]` stands for.
    private mutating func value(_ path: ArraySlice<Unicode.Scalar>) throws(TemplateError) -> Value {
      let end = path.firstIndex { $0 == "." || $0 == "[" } ?? path.endIndex
      var value = try argument(Text(path[..<end]))
      var rest = path[end...]
      while let mark = rest.popFirst() {
        if mark == "." {
          let end = rest.firstIndex { $0 == "." || $0 == "[" } ?? rest.endIndex
          value = try value.attribute(Text(rest[..<end]).string)
          rest = rest[end...]
        } else {
          guard mark == "[", let end = rest.firstIndex(of: "]") else {
            throw TemplateError(.value, "Only '.' or '[' may follow ']' in format field specifier")
          }
          let key = Text(rest[..<end]).string
          value = try value.item(Int(key).map { .integer($0) } ?? .text(key))
          rest = rest[(end + 1)...]
        }
      }
      return value
    }

    private mutating func argument(_ name: Text) throws(TemplateError) -> Value {
      let index = Int(name.string)
      if name.isEmpty || index != nil {
        guard isNumbered == nil || isNumbered == (index != nil) else {
          throw TemplateError(
            .value, "cannot switch between manual field specification and automatic field numbering"
          )
        }
        isNumbered = index != nil
        let place = index ?? nextIndex
        if index == nil { nextIndex += 1 }
        guard call.positional.indices.contains(place) else {
          throw TemplateError(.index, "tuple index out of range")
        }
        return call.positional[place]
      }
      guard let value = call.keywords.last(where: { $0.name == name.string })?.value else {
        throw TemplateError(.key, name.pythonQuoted.string)
      }
      return value
    }
  }
}

/// `format % values`.
enum PercentFormat {
  static func apply(
    _ format: Text, _ values: Value, _ budget: Budget
  ) throws(TemplateError) -> Text {
    var arguments: [Value] = if case .tuple(let values) = values { values } else { [values] }
    var result: [Unicode.Scalar] = []
    var rest = format.scalars[...]
    var usesNames = false
    while let scalar = rest.popFirst() {
      guard scalar == "%" else {
        result.append(scalar)
        continue
      }
      if rest.first == "%" {
        rest.removeFirst()
        result.append("%")
        continue
      }
      var named: Value?
      if rest.first == "(" {
        usesNames = true
        named = try self.named(&rest, values)
      }
      let (specification, type) = try specification(&rest, &arguments)
      guard let value = named ?? (arguments.isEmpty ? nil : arguments.removeFirst()) else {
        throw TemplateError(.type, "not enough arguments for format string")
      }
      let text = try converted(value, specification, type, budget)
      try budget.checkLength(result.count + text.count, adding: text.count)
      result += text.scalars
    }
    var isMapping = false
    if case .dictionary = values { isMapping = true }
    guard arguments.isEmpty || usesNames || isMapping else {
      throw TemplateError(.type, "not all arguments converted during string formatting")
    }
    return Text(result, isMarkup: format.isMarkup)
  }

  private static func named(
    _ rest: inout ArraySlice<Unicode.Scalar>, _ values: Value
  ) throws(TemplateError) -> Value {
    rest.removeFirst()
    guard let end = rest.firstIndex(of: ")") else {
      throw TemplateError(.value, "incomplete format key")
    }
    let name = Text(rest[..<end])
    rest = rest[(end + 1)...]
    guard case .dictionary(let dictionary) = values else {
      throw TemplateError(.type, "format requires a mapping")
    }
    guard let value = dictionary[.text(name)] else {
      throw TemplateError(.key, name.pythonQuoted.string)
    }
    return value
  }

  private static func specification(
    _ rest: inout ArraySlice<Unicode.Scalar>, _ arguments: inout [Value]
  ) throws(TemplateError) -> (FormatSpecification, Unicode.Scalar) {
    var result = FormatSpecification()
    result.alignment = ">"
    while let flag = rest.first, "#0- +".unicodeScalars.contains(flag) {
      rest.removeFirst()
      switch flag {
      case "-": (result.alignment, result.fill) = ("<", " ")
      case "0": if result.alignment != "<" { (result.alignment, result.fill) = ("=", "0") }
      case "#": result.isAlternate = true
      default: result.sign = flag
      }
    }
    func number() throws(TemplateError) -> Int? {
      guard rest.first == "*" else { return try FormatSpecification.number(&rest) }
      rest.removeFirst()
      guard !arguments.isEmpty, let value = arguments.removeFirst().integer else {
        throw TemplateError(.type, "* wants int")
      }
      return value
    }
    result.width = try number() ?? 0
    if rest.first == "." {
      rest.removeFirst()
      result.precision = try number() ?? 0
    }
    while let size = rest.first, "hlL".unicodeScalars.contains(size) { rest.removeFirst() }
    guard let type = rest.popFirst() else { throw TemplateError(.value, "incomplete format") }
    return (result, type)
  }

  private static func converted(
    _ value: Value, _ specification: FormatSpecification, _ type: Unicode.Scalar, _ budget: Budget
  ) throws(TemplateError) -> Text {
    var specification = specification
    switch type {
    case "s", "r", "a":
      if specification.fill == "0" { (specification.fill, specification.alignment) = (" ", ">") }
      specification.type = "s"
      let text = type == "s" ? value.printed : value.represented
      return try specification.format(.string(text), budget)
    case "d", "i", "u", "x", "X", "o":
      if case .undefined(let undefined) = value { throw undefined.error }
      guard let number = value.number, number.magnitude < 9.2e18 else {
        throw TemplateError(
          .type, "%\(Character(type)) format: a real number is required, not \(value.typeName)")
      }
      specification.type = "xXo".unicodeScalars.contains(type) ? type : "d"
      specification.precision = nil
      return try specification.format(.integer(value.integer ?? Int(number)), budget)
    case "e", "E", "f", "F", "g", "G":
      if case .undefined(let undefined) = value { throw undefined.error }
      guard let number = value.number else {
        throw TemplateError(.type, "must be real number, not \(value.typeName)")
      }
      specification.type = type
      return try specification.format(.float(number), budget)
    case "c":
      if let text = value.text, text.count == 1 { return try specification.format(value, budget) }
      specification.type = "c"
      return try specification.format(value, budget)
    default:
      throw TemplateError(.value, "unsupported format character '\(Character(type))'")
    }
  }
}
