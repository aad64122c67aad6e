/// A string as Python has it: a sequence of code points.
///
/// Templates index, slice and compare by code point, which Swift's `String` does not: its characters are
/// clusters of them, and its `==` is canonical equivalence.
struct Text: Sendable {
  /// The code points.
  var scalars: [Unicode.Scalar]
  /// Whether `safe` or `escape` marked it: what is added to it is then escaped for HTML (markupsafe's rule).
  var isMarkup = false

  init(_ scalars: some Sequence<Unicode.Scalar>, isMarkup: Bool = false) {
    self.scalars = Array(scalars)
    self.isMarkup = isMarkup
  }

  init(_ string: String) { scalars = Array(string.unicodeScalars) }

  var count: Int { scalars.count }
  var isEmpty: Bool { scalars.isEmpty }

  /// The same code points as a Swift string.
  var string: String {
    var view = String.UnicodeScalarView()
    view.append(contentsOf: scalars)
    return String(view)
  }

  static func + (left: Text, right: Text) -> Text {
    Text(left.scalars + right.scalars, isMarkup: left.isMarkup)
  }

  /// The part between two offsets, which lie within the text.
  func part(_ range: Range<Int>) -> Text { Text(scalars[range], isMarkup: isMarkup) }
}

extension Text: Hashable {
  static func == (left: Text, right: Text) -> Bool { left.scalars == right.scalars }
  func hash(into hasher: inout Hasher) { hasher.combine(scalars) }
}

extension Text: Comparable {
  static func < (left: Text, right: Text) -> Bool {
    left.scalars.lexicographicallyPrecedes(right.scalars)
  }
}

extension Text: ExpressibleByStringLiteral {
  init(stringLiteral value: String) { self.init(value) }
}

extension Unicode.Scalar {
  /// What Python's `str.isspace` and the `\s` of its regular expressions take for white space.
  var isPythonSpace: Bool {
    switch value {
    case 0x09...0x0D, 0x1C...0x20, 0x85, 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F,
      0x205F,
      0x3000:
      true
    default: false
    }
  }

  /// What ends a line for Python's `str.splitlines`.
  var isLineBoundary: Bool {
    switch value {
    case 0x0A...0x0D, 0x1C...0x1E, 0x85, 0x2028, 0x2029: true
    default: false
    }
  }

  /// Letters, digits and the underscore: `\w`.
  var isWordCharacter: Bool {
    if self == "_" { return true }
    switch properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter,
      .decimalNumber, .letterNumber, .otherNumber:
      return true
    default: return false
    }
  }

  /// Whether `repr` shows it as it is.
  var isPythonPrintable: Bool {
    if self == " " { return true }
    switch properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator,
      .paragraphSeparator, .spaceSeparator:
      return false
    default: return true
    }
  }
}

// MARK: - Searching and cutting

extension Text {
  /// The offset of `part` at or after `start` and wholly before `end`, or nil.
  func firstIndex(of part: Text, from start: Int = 0, to end: Int? = nil) -> Int? {
    let end = end ?? count
    let size = part.count
    guard start <= end, end - start >= size else { return nil }
    guard let first = part.scalars.first else { return start }
    if size > Self.shortPart { return search(part, in: start..<end, backwards: false) }
    var index = start
    while index + size <= end {
      if scalars[index] == first, scalars[index..<index + size].elementsEqual(part.scalars) {
        return index
      }
      index += 1
    }
    return nil
  }

  /// The offset of the last `part` between `start` and `end`, or nil.
  func lastIndex(of part: Text, from start: Int = 0, to end: Int? = nil) -> Int? {
    let end = end ?? count
    let size = part.count
    guard start <= end, end - start >= size else { return nil }
    if size > Self.shortPart { return search(part, in: start..<end, backwards: true) }
    var index = end - size
    while index >= start {
      if scalars[index..<index + size].elementsEqual(part.scalars) { return index }
      index -= 1
    }
    return nil
  }

  /// Parts that are looked for at every place: longer ones would take the product of both lengths.
  private static let shortPart = 8

  /// The offset of the first `part` in a range, or of the last: the search of Knuth, Morris and Pratt,
  /// whose time is the sum of both lengths.
  private func search(_ part: Text, in range: Range<Int>, backwards: Bool) -> Int? {
    let last = part.count - 1
    func needle(_ index: Int) -> Unicode.Scalar { part.scalars[backwards ? last - index : index] }
    // For each beginning of the part, how much of it its own end repeats.
    var borders: [Int32] = [0]
    borders.reserveCapacity(part.count)
    var matched = 0
    func follow(_ scalar: Unicode.Scalar) {
      while matched > 0, needle(matched) != scalar { matched = Int(borders[matched - 1]) }
      if needle(matched) == scalar { matched += 1 }
    }
    for index in 1...last {
      follow(needle(index))
      borders.append(Int32(matched))
    }
    matched = 0
    for index in 0..<range.count {
      let place = backwards ? range.upperBound - 1 - index : range.lowerBound + index
      follow(scalars[place])
      if matched == part.count { return backwards ? place : place - last }
    }
    return nil
  }

  func hasPrefix(_ part: Text) -> Bool { scalars.starts(with: part.scalars) }

  func hasSuffix(_ part: Text) -> Bool {
    count >= part.count && scalars[(count - part.count)...].elementsEqual(part.scalars)
  }

  /// Without what satisfies `drops` at either end.
  func stripped(
    left: Bool = true, right: Bool = true, where drops: (Unicode.Scalar) -> Bool
  ) -> Text {
    var range = 0..<count
    if left { while let first = range.first, drops(scalars[first]) { range = first + 1..<count } }
    if right {
      while let last = range.last, drops(scalars[last]) { range = range.lowerBound..<last }
    }
    return part(range)
  }

  /// Pieces between separators, at most `limit` cuts from the left.
  func split(by separator: Text, limit: Int) -> [Text] {
    var pieces: [Text] = []
    var start = 0
    while pieces.count < limit, let found = firstIndex(of: separator, from: start) {
      pieces.append(part(start..<found))
      start = found + separator.count
    }
    return pieces + [part(start..<count)]
  }

  /// Pieces between separators, at most `limit` cuts from the right.
  func splitFromRight(by separator: Text, limit: Int) -> [Text] {
    var pieces: [Text] = []
    var end = count
    while pieces.count < limit, let found = lastIndex(of: separator, to: end) {
      pieces.append(part(found + separator.count..<end))
      end = found
    }
    return [part(0..<end)] + pieces.reversed()
  }

  /// Lines without their ends, or with them.
  func lines(keepingEnds: Bool = false) -> [Text] {
    var lines: [Text] = []
    var start = 0
    var index = 0
    while index < count {
      guard scalars[index].isLineBoundary else {
        index += 1
        continue
      }
      let isPair = scalars[index] == "\r" && index + 1 < count && scalars[index + 1] == "\n"
      let next = index + (isPair ? 2 : 1)
      lines.append(part(start..<(keepingEnds ? next : index)))
      start = next
      index = next
    }
    if start < count { lines.append(part(start..<count)) }
    return lines
  }
}
