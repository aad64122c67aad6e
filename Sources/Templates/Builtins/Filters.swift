/// Jinja's filters (jinja2/filters.py), `tojson` as transformers replaces it.
///
/// `random`, `urlize` and `pprint` are left out: what they give is not defined by the template alone, or is
/// meant for HTML and for debugging.
enum FilterRegistry {
  typealias Filter =
    @Sendable (Renderer, Value, CallValues) throws(TemplateError) -> Value

  static func named(_ name: String) -> Filter? {
    let name = ["d": "default", "e": "escape", "count": "length"][name] ?? name
    return ofValues(name) ?? ofTexts(name) ?? ofSequences(name) ?? ofSelections(name)
  }

  static func contains(_ name: String) -> Bool {
    if case .some = named(name) { true } else { false }
  }

  /// Filters of any value.
  private static func ofValues(_ name: String) -> Filter? {
    switch name {
    case "default":
      return { _, value, call throws(TemplateError) in
        let parameters = try Parameters("default", call, ["default_value", "boolean"])
        guard value.isUndefined || (parameters.flag("boolean") && !value.isTrue) else {
          return value
        }
        return parameters["default_value"] ?? .text("")
      }
    case "tojson":
      return { renderer, value, call throws(TemplateError) in
        try TemplateJSON.filter(renderer, value, call)
      }
    case "string":
      return { renderer, value, _ throws(TemplateError) in
        if value.text != nil { return value }
        let text = value.printed(upTo: renderer.budget.lengthLimit)
        try renderer.budget.checkLength(text.count)
        return .string(text)
      }
    case "safe":
      return { _, value, _ in .string(Text(value.printed.scalars, isMarkup: true)) }
    case "escape":
      return { _, value, _ in
        if let text = value.text, text.isMarkup { return value }
        return .string(value.printed.escaped)
      }
    case "forceescape":
      return { _, value, _ in .string(value.printed.escaped) }
    case "abs":
      return { _, value, _ throws(TemplateError) in
        if case .undefined(let undefined) = value { throw undefined.error }
        if let integer = value.integer {
          guard integer != Int.min else { throw Value.overflow("abs") }
          return .integer(abs(integer))
        }
        guard case .float(let number) = value else {
          throw TemplateError(.type, "bad operand type for abs(): '\(value.typeName)'")
        }
        return .float(number.magnitude)
      }
    case "int":
      return { _, value, call throws(TemplateError) in
        let parameters = try Parameters("int", call, ["default", "base"])
        let base = try parameters.integer("base") ?? 10
        if let integer = try NumberReading.integer(value, base: base) { return .integer(integer) }
        return parameters["default"] ?? .integer(0)
      }
    case "float":
      return { _, value, call throws(TemplateError) in
        let parameters = try Parameters("float", call, ["default"])
        if let number = try NumberReading.float(value) { return .float(number) }
        return parameters["default"] ?? .float(0)
      }
    case "round":
      return { _, value, call throws(TemplateError) in try NumberReading.round(value, call) }
    case "attr":
      return { _, value, call throws(TemplateError) in
        let parameters = try Parameters("attr", call, ["name"], required: 1)
        let name = (parameters["name"] ?? .none).printed
        // Only attributes count, and a dictionary's keys are items.
        if case .dictionary(let dictionary) = value,
          DictionaryMethods.bound(name.string, to: dictionary) == nil
        {
          return try Value.dictionary(Dictionary()).attribute(name.string)
        }
        return try value.attribute(name.string)
      }
    case "filesizeformat":
      return { _, value, call throws(TemplateError) in
        let parameters = try Parameters("filesizeformat", call, ["binary"])
        return .text(try NumberReading.fileSize(value, isBinary: parameters.flag("binary")))
      }
    default: return nil
    }
  }

  /// Filters of texts.
  private static func ofTexts(_ name: String) -> Filter? {
    switch name {
    case "upper":
      return { _, value, _ in .string(value.soft.uppercased) }
    case "lower":
      return { _, value, _ in .string(value.soft.lowercased) }
    case "capitalize":
      return { _, value, _ in .string(value.soft.capitalized) }
    case "title":
      return { _, value, _ in .string(TextFilters.title(value.soft)) }
    case "trim":
      return { _, value, call throws(TemplateError) in
        let parameters = try Parameters("trim", call, ["chars"])
        guard let characters = try parameters.text("chars") else {
          return .string(value.soft.stripped { $0.isPythonSpace })
        }
        let set = Set(characters.scalars)
        return .string(value.soft.stripped { set.contains($0) })
      }
    case "replace":
      return { renderer, value, call throws(TemplateError) in
        let parameters = try Parameters("replace", call, ["old", "new", "count"], required: 2)
        let old = (parameters["old"] ?? .none).printed
        let new = (parameters["new"] ?? .none).printed
        let count = try parameters.integer("count") ?? -1
        return .string(
          try value.printed.replacing(old, with: new, limit: count, renderer.budget))
      }
    case "center":
      return { renderer, value, call throws(TemplateError) in
        let parameters = try Parameters("center", call, ["width"])
        var width = CallValues()
        width.positional = [parameters["width"] ?? .integer(80)]
        return try StringMethods.pad("center", value.soft, width, renderer.budget) {
          $0 / 2 + ($0 & $1 & 1)
        }
      }
    case "indent":
      return { renderer, value, call throws(TemplateError) in
        try TextFilters.indent(value, call, renderer.budget)
      }
    case "truncate":
      return { renderer, value, call throws(TemplateError) in
        try TextFilters.truncate(value, call, renderer.budget)
      }
    case "wordcount":
      return { _, value, _ in .integer(TextFilters.wordCount(value.soft)) }
    case "wordwrap":
      return { renderer, value, call throws(TemplateError) in
        try TextFilters.wordWrap(value, call, renderer.budget)
      }
    case "format":
      return { renderer, value, call throws(TemplateError) in
        guard call.positional.isEmpty || call.keywords.isEmpty else {
          throw TemplateError(
            .filterArgument, "can't handle positional and keyword arguments at the same time")
        }
        var named = Dictionary()
        for (name, argument) in call.keywords { named.set(name, to: argument) }
        return .string(
          try PercentFormat.apply(
            value.soft, call.keywords.isEmpty ? .tuple(call.positional) : .dictionary(named),
            renderer.budget))
      }
    case "striptags":
      return { _, value, _ in .string(TextFilters.withoutTags(value.printed)) }
    case "urlencode":
      return { renderer, value, _ throws(TemplateError) in
        .string(try TextFilters.urlEncoded(value, renderer.budget))
      }
    case "xmlattr":
      return { _, value, call throws(TemplateError) in
        try TextFilters.xmlAttributes(value, call)
      }
    default: return nil
    }
  }
}

extension Value {
  /// The value as a text that keeps its mark (`soft_str`).
  var soft: Text { text ?? printed }
}
