/// Methods of `str` that templates may call.
enum StringMethods {
  typealias Method = @Sendable (Text, Renderer, CallValues) throws(TemplateError) -> Value

  /// A method bound to its text.
  static func bound(_ name: String, to text: Text) -> Value? {
    guard let method = method(name) else { return nil }
    return .function(
      Function(name) { (renderer, call) throws(TemplateError) in
        try renderer.budget.spend(text.count)
        return try method(text, renderer, call)
      })
  }

  private static func method(_ name: String) -> Method? {
    switch name {
    case "upper":
      return { text, _, call throws(TemplateError) in
        try none("upper", call)
        return .string(text.uppercased)
      }
    case "lower":
      return { text, _, call throws(TemplateError) in
        try none("lower", call)
        return .string(text.lowercased)
      }
    case "casefold":
      return { text, _, _ in .string(text.lowercased) }
    case "capitalize":
      return { text, _, _ in .string(text.capitalized) }
    case "title":
      return { text, _, _ in .string(text.titled) }
    case "swapcase":
      return { text, _, _ in .string(text.caseSwapped) }
    case "strip":
      return { text, _, call throws(TemplateError) in try strip(text, "strip", call) }
    case "lstrip":
      return { text, _, call throws(TemplateError) in
        try strip(text, "lstrip", call, right: false)
      }
    case "rstrip":
      return { text, _, call throws(TemplateError) in
        try strip(text, "rstrip", call, left: false)
      }
    case "split":
      return { text, _, call throws(TemplateError) in try split(text, call, fromRight: false) }
    case "rsplit":
      return { text, _, call throws(TemplateError) in try split(text, call, fromRight: true) }
    case "splitlines":
      return { text, _, call throws(TemplateError) in
        let parameters = try Parameters("splitlines", call, ["keepends"])
        return .list(text.lines(keepingEnds: parameters.flag("keepends")).map { .string($0) })
      }
    case "partition":
      return { text, _, call throws(TemplateError) in
        try partition(text, call, fromRight: false)
      }
    case "rpartition":
      return { text, _, call throws(TemplateError) in
        try partition(text, call, fromRight: true)
      }
    case "join":
      return { text, renderer, call throws(TemplateError) in try join(text, renderer, call) }
    case "replace":
      return { text, renderer, call throws(TemplateError) in
        let parameters = try Parameters("replace", call, ["old", "new", "count"], required: 2)
        guard let old = try parameters.text("old"), let new = try parameters.text("new") else {
          throw TemplateError(.type, "replace() argument 1 must be str, not NoneType")
        }
        let count = try parameters.integer("count") ?? -1
        return .string(try text.replacing(old, with: new, limit: count, renderer.budget))
      }
    case "startswith":
      return { text, _, call throws(TemplateError) in
        .bool(try affix("startswith", text, call) { $0.hasPrefix($1) })
      }
    case "endswith":
      return { text, _, call throws(TemplateError) in
        .bool(try affix("endswith", text, call) { $0.hasSuffix($1) })
      }
    case "removeprefix":
      return { text, _, call throws(TemplateError) in
        let part = try required("removeprefix", call)
        return .string(text.hasPrefix(part) ? text.part(part.count..<text.count) : text)
      }
    case "removesuffix":
      return { text, _, call throws(TemplateError) in
        let part = try required("removesuffix", call)
        guard !part.isEmpty, text.hasSuffix(part) else { return .string(text) }
        return .string(text.part(0..<text.count - part.count))
      }
    case "find":
      return { text, _, call throws(TemplateError) in
        .integer(try search("find", text, call) ?? -1)
      }
    case "rfind":
      return { text, _, call throws(TemplateError) in
        .integer(try search("rfind", text, call, fromRight: true) ?? -1)
      }
    case "index":
      return { text, _, call throws(TemplateError) in
        .integer(try found(try search("index", text, call)))
      }
    case "rindex":
      return { text, _, call throws(TemplateError) in
        .integer(try found(try search("rindex", text, call, fromRight: true)))
      }
    case "count":
      return { text, _, call throws(TemplateError) in .integer(try count(text, call)) }
    case "center":
      return { text, renderer, call throws(TemplateError) in
        try pad("center", text, call, renderer.budget) { $0 / 2 + ($0 & $1 & 1) }
      }
    case "ljust":
      return { text, renderer, call throws(TemplateError) in
        try pad("ljust", text, call, renderer.budget) { _, _ in 0 }
      }
    case "rjust":
      return { text, renderer, call throws(TemplateError) in
        try pad("rjust", text, call, renderer.budget) { missing, _ in missing }
      }
    case "zfill":
      return { text, renderer, call throws(TemplateError) in
        let parameters = try Parameters("zfill", call, ["width"], required: 1)
        let missing = max(0, (try parameters.integer("width") ?? 0) - text.count)
        try renderer.budget.checkLength(missing)
        let hasSign = text.scalars.first == "-" || text.scalars.first == "+"
        let zeros = [Unicode.Scalar](repeating: "0", count: missing)
        let sign = hasSign ? 1 : 0
        return .string(Text(text.scalars[..<sign] + zeros + text.scalars[sign...]))
      }
    case "expandtabs":
      return { text, renderer, call throws(TemplateError) in
        try expandTabs(text, call, renderer.budget)
      }
    case "format":
      return { text, renderer, call throws(TemplateError) in
        .string(try BraceFormat.apply(text, call, renderer.budget))
      }
    case "format_map":
      return { text, renderer, call throws(TemplateError) in
        guard call.positional.count == 1, call.keywords.isEmpty,
          case .dictionary(let values) = call.positional[0]
        else { throw TemplateError(.type, "format_map() takes exactly one argument, a mapping") }
        var named = CallValues()
        for (key, value) in zip(values.keys, values.values) {
          if let key = key.text { named.keywords.append((key.string, value)) }
        }
        return .string(try BraceFormat.apply(text, named, renderer.budget))
      }
    case "isspace":
      return { text, _, _ in .bool(text.all(\.isPythonSpace)) }
    case "isalpha":
      return { text, _, _ in .bool(text.all(\.isPythonLetter)) }
    case "isdecimal":
      return { text, _, _ in .bool(text.all(\.isPythonDecimal)) }
    case "isdigit":
      return { text, _, _ in .bool(text.all(\.isPythonDigit)) }
    case "isnumeric":
      return { text, _, _ in .bool(text.all(\.isPythonNumeric)) }
    case "isalnum":
      return { text, _, _ in .bool(text.all { $0.isPythonLetter || $0.isPythonNumeric }) }
    case "isascii":
      return { text, _, _ in .bool(text.scalars.allSatisfy(\.isASCII)) }
    case "isprintable":
      return { text, _, _ in .bool(text.scalars.allSatisfy(\.isPythonPrintable)) }
    case "islower":
      return { text, _, _ in .bool(text.isCased(lower: true)) }
    case "isupper":
      return { text, _, _ in .bool(text.isCased(lower: false)) }
    case "istitle":
      return { text, _, _ in
        .bool(text == text.titled && text.scalars.contains(where: \.properties.isCased))
      }
    case "isidentifier":
      return { text, _, _ in
        .bool(
          text.scalars.first.map { $0 == "_" || $0.properties.isXIDStart } ?? false
            && text.scalars.allSatisfy(\.properties.isXIDContinue))
      }
    default: return nil
    }
  }
}
