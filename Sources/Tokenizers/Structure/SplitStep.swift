internal import WeighbridgeByteIO
internal import WeighbridgeJSON

/// One step of how a `tokenizer.json` cuts a text into words.
enum SplitStep: Sendable {
  /// What becomes of the matches of a pattern.
  enum Behavior: String, Sendable {
    case removed = "Removed"
    case isolated = "Isolated"
    case mergedWithPrevious = "MergedWithPrevious"
    case mergedWithNext = "MergedWithNext"
    case contiguous = "Contiguous"
  }

  /// Where U+2581 is put before a text.
  enum Prefix: String, Sendable {
    case always
    case first
    case never
  }

  /// Bytes become the characters that stand for them.
  case bytes(addsSpace: Bool, words: Bool)
  case pattern(TextPattern, Behavior, isInverted: Bool)
  case digits(individual: Bool)
  case punctuation(Behavior)
  /// Words and runs of other characters.
  case whitespace
  case whitespaceOnly
  case bert
  case metaspace(UInt32, Prefix, splits: Bool)

  /// The steps of a pre-tokenizer; throws where one is not known.
  static func steps(_ value: JSONValue?, depth: Int = 8) throws(PatternError) -> [Self] {
    guard let value, !value.isNull else { return [] }
    guard depth > 0 else { throw PatternError("pre-tokenizers inside pre-tokenizers, too deep") }
    let type = value["type"]?.text ?? "?"
    switch type {
    case "Sequence":
      var steps: [Self] = []
      for inner in value["pretokenizers"]?.array ?? [] {
        steps += try self.steps(inner, depth: depth - 1)
      }
      return steps
    case "ByteLevel":
      return [
        .bytes(
          addsSpace: value["add_prefix_space"]?.bool ?? false,
          words: value["use_regex"]?.bool ?? true)
      ]
    case "Split":
      return [
        .pattern(
          try TextPattern(value["pattern"]), try behavior(value),
          isInverted: value["invert"]?.bool ?? false)
      ]
    case "Digits": return [.digits(individual: value["individual_digits"]?.bool ?? false)]
    case "Punctuation":
      return [.punctuation(value["behavior"] == nil ? .isolated : try behavior(value))]
    case "Whitespace": return [.whitespace]
    case "WhitespaceSplit": return [.whitespaceOnly]
    case "BertPreTokenizer": return [.bert]
    case "CharDelimiterSplit":
      return [.pattern(try TextPattern(value["delimiter"]), .removed, isInverted: false)]
    case "Metaspace": return [try metaspace(value)]
    default: throw PatternError("the pre-tokenizer '\(type)' is not known")
    }
  }

  private static func behavior(_ value: JSONValue) throws(PatternError) -> Behavior {
    let name = value["behavior"]?.text ?? "?"
    guard let behavior = Behavior(rawValue: name) else {
      throw PatternError("the behavior '\(name)' is not known")
    }
    return behavior
  }

  private static func metaspace(_ value: JSONValue) throws(PatternError) -> SplitStep {
    var prefix = Prefix.always
    if let scheme = value["prepend_scheme"]?.text {
      guard let known = Prefix(rawValue: scheme) else {
        throw PatternError("the scheme '\(scheme)' is not known")
      }
      prefix = known
    } else if value["add_prefix_space"]?.bool == false {
      prefix = .never
    }
    let mark = value["replacement"]?.text?.unicodeScalars.first?.value ?? 0x2581
    return .metaspace(mark, prefix, splits: value["split"]?.bool ?? true)
  }

  /// Cuts pieces further; `isFirst` says that the first of them begins the whole text.
  func apply(_ pieces: [[UInt32]], isFirst: Bool) -> [[UInt32]] {
    var output: [[UInt32]] = []
    for (index, piece) in pieces.enumerated() where !piece.isEmpty {
      output += apply(piece, isFirst: isFirst && index == 0)
    }
    return output
  }

  private func apply(_ piece: [UInt32], isFirst: Bool) -> [[UInt32]] {
    switch self {
    case .bytes(let addsSpace, let words):
      let text = addsSpace && piece.first != 0x20 ? [0x20] + piece : piece
      return (words ? Self.words(text) : [text]).map(Self.byteCharacters)
    case .pattern(let pattern, let behavior, let isInverted):
      let parts = pattern.parts(piece).map { (range: $0.range, isMatch: $0.isMatch != isInverted) }
      return Self.cut(piece, parts, behavior)
    case .digits(let individual):
      let behavior: Behavior = individual ? .isolated : .contiguous
      return Self.cut(piece, behavior) { CharacterClass($0).contains(.number) }
    case .punctuation(let behavior):
      return Self.cut(piece, behavior, isMatch: Self.isPunctuation)
    case .whitespaceOnly:
      return Self.cut(piece, .removed) { CharacterClass($0).contains(.space) }
    case .whitespace: return Self.wordsAndOthers(piece)
    case .bert:
      return Self.cut(piece, .removed) { CharacterClass($0).contains(.space) }
        .flatMap { Self.cut($0, .isolated, isMatch: Self.isPunctuation) }
    case .metaspace(let mark, let prefix, let splits):
      var text = piece.map { $0 == 0x20 ? mark : $0 }
      let adds = prefix == .always || prefix == .first && isFirst
      if adds, text.first != mark { text.insert(mark, at: 0) }
      return splits ? Self.cut(text, .mergedWithNext) { $0 == mark } : [text]
    }
  }

  /// ASCII's symbols count as punctuation, as they do for BERT.
  private static func isPunctuation(_ scalar: UInt32) -> Bool {
    let classes = CharacterClass(scalar)
    return classes.contains(.punctuation) || scalar < 128 && classes.contains(.symbol)
  }

  private static func words(_ text: [UInt32]) -> [[UInt32]] {
    let classified = ClassifiedText(text)
    var words: [[UInt32]] = []
    Pretokenizer(stages: [.words(WordPattern())]).split(classified) {
      words.append(Array(text[$0]))
    }
    return words
  }

  private static func byteCharacters(_ text: [UInt32]) -> [UInt32] {
    text.flatMap { scalar in
      String(Unicode.Scalar(scalar) ?? "\u{FFFD}").utf8.map { ByteAlphabet.characters[Int($0)] }
    }
  }

  private static func wordsAndOthers(_ piece: [UInt32]) -> [[UInt32]] {
    func kind(_ scalar: UInt32) -> Int {
      if ScalarSet.wordSet.contains(scalar) { return 1 }
      return CharacterClass(scalar).contains(.space) ? 0 : 2
    }
    var words: [[UInt32]] = []
    var last = 0
    for scalar in piece {
      let kind = kind(scalar)
      if kind != 0 {
        if kind == last { words[words.count - 1].append(scalar) } else { words.append([scalar]) }
      }
      last = kind
    }
    return words
  }

  private static func cut(
    _ piece: [UInt32], _ behavior: Behavior, isMatch: (UInt32) -> Bool
  ) -> [[UInt32]] {
    var parts: [(range: Range<Int>, isMatch: Bool)] = []
    var gap = 0
    for index in piece.indices where isMatch(piece[index]) {
      if gap < index { parts.append((gap..<index, false)) }
      parts.append((index..<index + 1, true))
      gap = index + 1
    }
    if gap < piece.count { parts.append((gap..<piece.count, false)) }
    return cut(piece, parts, behavior)
  }

  private static func cut(
    _ piece: [UInt32], _ parts: [(range: Range<Int>, isMatch: Bool)], _ behavior: Behavior
  ) -> [[UInt32]] {
    switch behavior {
    case .isolated: return parts.map { Array(piece[$0.range]) }
    case .removed: return parts.filter { !$0.isMatch }.map { Array(piece[$0.range]) }
    case .contiguous:
      return joined(parts) { $0.isMatch == $1 }.map { Array(piece[$0]) }
    case .mergedWithPrevious:
      return joined(parts) { part, before in part.isMatch && !before }.map { Array(piece[$0]) }
    case .mergedWithNext:
      return joined(parts.reversed()) { part, after in part.isMatch && !after }.reversed()
        .map { Array(piece[$0]) }
    }
  }

  /// Parts joined to the one before where `joins` says so, given whether that one was a match.
  private static func joined(
    _ parts: [(range: Range<Int>, isMatch: Bool)],
    _ joins: ((range: Range<Int>, isMatch: Bool), Bool) -> Bool
  ) -> [Range<Int>] {
    var output: [Range<Int>] = []
    var before: Bool?
    for part in parts {
      if let before, joins(part, before), let last = output.last {
        output[output.count - 1] =
          min(
            last.lowerBound, part.range.lowerBound)..<max(
            last.upperBound, part.range.upperBound)
      } else {
        output.append(part.range)
      }
      before = part.isMatch
    }
    return output
  }
}
