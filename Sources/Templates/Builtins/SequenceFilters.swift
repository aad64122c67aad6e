// Filters of lists and of what can be walked.

extension FilterRegistry {
  static func ofSequences(_ name: String) -> Filter? {
    switch name {
    case "length":
      return { _, value, _ throws(TemplateError) in .integer(try value.length()) }
    case "list":
      return { _, value, _ throws(TemplateError) in .list(try value.iterated()) }
    case "first":
      return { _, value, _ throws(TemplateError) in
        if case .iterator(let iterator) = value {
          return iterator.next() ?? empty("No first item, sequence was empty.")
        }
        return try value.iterated().first ?? empty("No first item, sequence was empty.")
      }
    case "last":
      return { _, value, _ throws(TemplateError) in
        if case .iterator = value {
          throw TemplateError(.type, "'\(value.typeName)' object is not reversible")
        }
        return try value.iterated().last ?? empty("No last item, sequence was empty.")
      }
    case "join":
      return { renderer, value, call throws(TemplateError) in
        let parameters = try Parameters("join", call, ["d", "attribute"])
        let path = parameters["attribute"].flatMap { $0.isNone ? nil : AttributePath($0) }
        var texts: [Text] = []
        for element in try value.iterated() {
          texts.append((try path?.value(of: element) ?? element).printed)
        }
        return .string(
          try (parameters["d"] ?? .text("")).printed.joining(texts, renderer.budget))
      }
    case "items":
      return { _, value, _ throws(TemplateError) in
        if value.isUndefined { return .iterator(Iterator([])) }
        guard case .dictionary(let dictionary) = value else {
          throw TemplateError(.type, "Can only get item pairs from a mapping.")
        }
        return .iterator(Iterator(dictionary.items))
      }
    case "reverse":
      return { _, value, _ throws(TemplateError) in
        if let text = value.text { return .string(Text(text.scalars.reversed())) }
        return .iterator(Iterator(try value.iterated().reversed(), name: "list_reverseiterator"))
      }
    case "sum":
      return { renderer, value, call throws(TemplateError) in
        let parameters = try Parameters("sum", call, ["attribute", "start"])
        let path = parameters["attribute"].flatMap { $0.isNone ? nil : AttributePath($0) }
        var sum = parameters["start"] ?? .integer(0)
        for element in try value.iterated() {
          sum = try Value.apply(
            .add, sum, try path?.value(of: element) ?? element, renderer.budget)
        }
        return sum
      }
    case "dictsort":
      return { _, value, call throws(TemplateError) in try dictionarySort(value, call) }
    case "sort":
      return { renderer, value, call throws(TemplateError) in
        try renderer.budget.spend()
        return try sort(value, call)
      }
    case "unique":
      return { _, value, call throws(TemplateError) in
        let parameters = try Parameters("unique", call, ["case_sensitive", "attribute"])
        let path = AttributePath(parameters["attribute"] ?? .none)
        var (seen, result): (Set<HashedKey>, [Value]) = ([], [])
        for element in try value.iterated() {
          let key = try path.value(of: element)
          let isNew = seen.insert(
            try (parameters.flag("case_sensitive") ? key : key.caseFolded).hashed()
          ).inserted
          if isNew { result.append(element) }
        }
        return .iterator(Iterator(result))
      }
    case "min":
      return { _, value, call throws(TemplateError) in try extreme(value, call, isLargest: false) }
    case "max":
      return { _, value, call throws(TemplateError) in try extreme(value, call, isLargest: true) }
    case "batch":
      return { renderer, value, call throws(TemplateError) in
        try batch(value, call, renderer.budget)
      }
    case "slice":
      return { renderer, value, call throws(TemplateError) in
        try slice(value, call, renderer.budget)
      }
    case "groupby":
      return { _, value, call throws(TemplateError) in try group(value, call) }
    default: return nil
    }
  }

  private static func empty(_ message: String) -> Value { .undefined(Undefined(message: message)) }

  private static func dictionarySort(_ value: Value, _ call: CallValues) throws(TemplateError)
    -> Value
  {
    let parameters = try Parameters("dictsort", call, ["case_sensitive", "by", "reverse"])
    let by = try parameters.text("by")?.string ?? "key"
    guard by == "key" || by == "value" else {
      throw TemplateError(.filterArgument, "You can only sort by either \"key\" or \"value\"")
    }
    if case .undefined(let undefined) = value { throw undefined.error }
    guard case .dictionary(let dictionary) = value else {
      throw TemplateError(.undefined, "'\(value.typeName) object' has no attribute 'items'")
    }
    let isSensitive = parameters.flag("case_sensitive")
    let pairs = Array(zip(dictionary.keys, dictionary.values))
    let sorted = try Sorting.sorted(pairs, reverse: parameters.flag("reverse")) { pair in
      let key = by == "key" ? pair.0 : pair.1
      return isSensitive ? key : key.caseFolded
    }
    return .list(sorted.map { .tuple([$0.0, $0.1]) })
  }

  private static func sort(_ value: Value, _ call: CallValues) throws(TemplateError) -> Value {
    let parameters = try Parameters("sort", call, ["reverse", "case_sensitive", "attribute"])
    let paths = AttributePath.several(parameters["attribute"] ?? .none)
    let isSensitive = parameters.flag("case_sensitive")
    var keyed: [(element: Value, key: Value)] = []
    for element in try value.iterated() {
      var keys: [Value] = []
      for path in paths {
        let key = try path.value(of: element)
        keys.append(isSensitive ? key : key.caseFolded)
      }
      keyed.append((element, .list(keys)))
    }
    return .list(
      try Sorting.sorted(keyed, reverse: parameters.flag("reverse")) { $0.key }.map(\.element))
  }

  private static func extreme(
    _ value: Value, _ call: CallValues, isLargest: Bool
  ) throws(TemplateError) -> Value {
    let parameters = try Parameters(
      isLargest ? "max" : "min", call, ["case_sensitive", "attribute"])
    let path = AttributePath(parameters["attribute"] ?? .none)
    func key(_ element: Value) throws(TemplateError) -> Value {
      let key = try path.value(of: element)
      return parameters.flag("case_sensitive") ? key : key.caseFolded
    }
    let elements = try value.iterated()
    guard var best = elements.first else { return empty("No aggregated item, sequence was empty.") }
    var bestKey = try key(best)
    for element in elements.dropFirst() {
      let candidate = try key(element)
      let isBetter =
        isLargest
        ? try bestKey.isLess(than: candidate, symbol: ">") : try candidate.isLess(than: bestKey)
      if isBetter { (best, bestKey) = (element, candidate) }
    }
    return best
  }

  private static func batch(
    _ value: Value, _ call: CallValues, _ budget: Budget
  ) throws(TemplateError) -> Value {
    let parameters = try Parameters("batch", call, ["linecount", "fill_with"], required: 1)
    let count = try parameters.integer("linecount") ?? 1
    var rows: [[Value]] = []
    for element in try value.iterated() {
      if rows.isEmpty || rows[rows.count - 1].count == count { rows.append([]) }
      rows[rows.count - 1].append(element)
    }
    if let fill = parameters["fill_with"], !fill.isNone, let last = rows.last, last.count < count {
      try budget.checkLength(count)
      rows[rows.count - 1] += Array(repeating: fill, count: count - last.count)
    }
    return .iterator(Iterator(rows.map { .list($0) }))
  }

  private static func slice(
    _ value: Value, _ call: CallValues, _ budget: Budget
  ) throws(TemplateError) -> Value {
    let parameters = try Parameters("slice", call, ["slices", "fill_with"], required: 1)
    let count = try parameters.integer("slices") ?? 1
    guard count != 0 else {
      throw TemplateError(.zeroDivision, "integer division or modulo by zero")
    }
    guard count > 0 else { return .iterator(Iterator([])) }
    let elements = try value.iterated()
    try budget.checkLength(count)
    let (size, longer) = (elements.count / count, elements.count % count)
    var (slices, start): ([Value], Int) = ([], 0)
    for index in 0..<count {
      let end = start + size + (index < longer ? 1 : 0)
      var slice = Array(elements[start..<end])
      if let fill = parameters["fill_with"], !fill.isNone, index >= longer { slice.append(fill) }
      slices.append(.list(slice))
      start = end
    }
    return .iterator(Iterator(slices))
  }

  private static func group(_ value: Value, _ call: CallValues) throws(TemplateError) -> Value {
    let parameters = try Parameters(
      "groupby", call, ["attribute", "default", "case_sensitive"], required: 1)
    let path = AttributePath(parameters["attribute"] ?? .none, otherwise: parameters["default"])
    var keyed: [(element: Value, key: Value)] = []
    for element in try value.iterated() {
      let key = try path.value(of: element)
      keyed.append((element, parameters.flag("case_sensitive") ? key : key.caseFolded))
    }
    var groups: [(key: Value, elements: [Value])] = []
    for (element, key) in try Sorting.sorted(keyed, by: { $0.key }) {
      if let last = groups.last, last.key.isEqual(to: key) {
        groups[groups.count - 1].elements.append(element)
      } else {
        groups.append((key, [element]))
      }
    }
    var result: [Value] = []
    for group in groups {
      result.append(.tuple([try path.value(of: group.elements[0]), .list(group.elements)]))
    }
    return .list(result)
  }
}
