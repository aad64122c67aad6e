// Unicode's normal forms are in the standard library, though not yet in its public face.
@_spi(_Unicode) internal import Swift
internal import WeighbridgeByteIO
internal import WeighbridgeJSON

/// One step of what a `tokenizer.json` does to a text before it is cut.
enum NormalizationStep: Sendable {
  case composed
  case decomposed
  case compatible
  case compatibleDecomposed
  case lowercase
  /// Removes marks.
  case stripAccents
  case prepend([UInt32])
  case replace(TextPattern, with: [UInt32])
  case strip(left: Bool, right: Bool)
  case bert(cleans: Bool, separatesChinese: Bool, stripsAccents: Bool, lowercases: Bool)
  case characters(CharacterMap)
  /// SentencePiece's rules for machine translation: controls go, exotic spaces become plain.
  case translation

  /// The steps of a normalizer; throws where one is not known.
  static func steps(_ value: JSONValue?, depth: Int = 8) throws(PatternError) -> [Self] {
    guard let value, !value.isNull else { return [] }
    guard depth > 0 else { throw PatternError("normalizers inside normalizers, too deep") }
    func flag(_ key: ByteString) -> Bool { value[key]?.bool ?? false }
    let type = value["type"]?.text ?? "?"
    switch type {
    case "Sequence":
      var steps: [Self] = []
      for inner in value["normalizers"]?.array ?? [] {
        steps += try self.steps(inner, depth: depth - 1)
      }
      return steps
    case "NFC": return [.composed]
    case "NFD": return [.decomposed]
    case "NFKC": return [.compatible]
    case "NFKD": return [.compatibleDecomposed]
    case "Lowercase": return [.lowercase]
    case "StripAccents": return [.stripAccents]
    case "Nmt": return [.translation]
    case "Prepend": return [.prepend(scalars(value["prepend"]))]
    case "Strip": return [.strip(left: flag("strip_left"), right: flag("strip_right"))]
    case "Replace":
      return [.replace(try TextPattern(value["pattern"]), with: scalars(value["content"]))]
    case "BertNormalizer":
      let lowercases = value["lowercase"]?.bool ?? true
      return [
        .bert(
          cleans: value["clean_text"]?.bool ?? true,
          separatesChinese: value["handle_chinese_chars"]?.bool ?? true,
          stripsAccents: value["strip_accents"]?.bool ?? lowercases, lowercases: lowercases)
      ]
    case "Precompiled":
      guard let text = value["precompiled_charsmap"]?.string,
        let bytes = decodedBase64(text.bytes), let map = CharacterMap(bytes)
      else { throw PatternError("the normalizer's table of characters is damaged") }
      return map.isEmpty ? [] : [.characters(map)]
    default: throw PatternError("the normalizer '\(type)' is not known")
    }
  }

  static func scalars(_ value: JSONValue?) -> [UInt32] {
    (value?.text ?? "").unicodeScalars.map(\.value)
  }

  /// The text after the step.
  func apply(_ text: [UInt32]) -> [UInt32] {
    switch self {
    case .composed: return Self.string(text)._nfc.map(\.value)
    case .decomposed: return Self.string(text)._nfd.map(\.value)
    case .compatible: return CompatibilityForm.composed(Self.string(text))
    case .compatibleDecomposed: return CompatibilityForm.decomposed(Self.string(text))
    case .lowercase: return Self.lowercased(text)
    case .stripAccents: return text.filter { !CharacterClass($0).contains(.mark) }
    case .prepend(let prefix): return text.isEmpty ? text : prefix + text
    case .replace(let pattern, let content): return pattern.replacing(text, with: content)
    case .strip(let left, let right):
      var part = text[...]
      if left { part = part.drop { CharacterClass($0).contains(.space) } }
      if right {
        while let last = part.last, CharacterClass(last).contains(.space) { part.removeLast() }
      }
      return Array(part)
    case .bert(let cleans, let separates, let strips, let lowercases):
      var text = cleans ? Self.cleaned(text) : text
      if separates {
        text = text.flatMap { WordNormalizer.isChinese($0) ? [0x20, $0, 0x20] : [$0] }
      }
      if strips {
        text = Self.string(text)._nfd.filter { $0.properties.generalCategory != .nonspacingMark }
          .map(\.value)
      }
      return lowercases ? Self.lowercased(text) : text
    case .characters(let map): return Self.replaced(text, by: map)
    case .translation: return text.compactMap { Self.translated($0) }
    }
  }

  private static func string(_ text: [UInt32]) -> String {
    var string = String.UnicodeScalarView()
    for scalar in text {
      // These four decompose into marks only, which Swift's normal forms leave where they stood.
      if let marks = decomposedMarks[scalar] {
        string.append(contentsOf: marks)
      } else if let scalar = Unicode.Scalar(scalar) {
        string.append(scalar)
      }
    }
    return String(string)
  }

  /// Unicode's non-starter decompositions (UAX 15, section 5).
  private static let decomposedMarks: [UInt32: [Unicode.Scalar]] = [
    0x0344: ["\u{0308}", "\u{0301}"], 0x0F73: ["\u{0F71}", "\u{0F72}"],
    0x0F75: ["\u{0F71}", "\u{0F74}"], 0x0F81: ["\u{0F71}", "\u{0F80}"],
  ]

  private static func lowercased(_ text: [UInt32]) -> [UInt32] {
    text.flatMap { scalar -> [UInt32] in
      guard let mapping = Unicode.Scalar(scalar)?.properties.lowercaseMapping else {
        return [scalar]
      }
      return mapping.unicodeScalars.map(\.value)
    }
  }

  private static func cleaned(_ text: [UInt32]) -> [UInt32] {
    text.compactMap { scalar in
      guard scalar != 0, scalar != 0xFFFD, let properties = Unicode.Scalar(scalar)?.properties
      else { return nil }
      // As the tokenizers library has it: of the controls only these three are space, the rest go; a
      // code point that nobody has assigned stays.
      if [0x09, 0x0A, 0x0D].contains(scalar) { return 0x20 }
      switch properties.generalCategory {
      case .control, .format, .surrogate, .privateUse: return nil
      default: return properties.isWhitespace ? 0x20 : scalar
      }
    }
  }

  /// Short clusters of characters are looked up whole, then one by one.
  private static func replaced(_ text: [UInt32], by map: CharacterMap) -> [UInt32] {
    var output: [UInt8] = []
    for cluster in string(text) {
      let bytes = Array(cluster.utf8)
      if bytes.count < 6, let found = map.replacement(bytes.span, at: 0, .shortest) {
        output += found.text
        continue
      }
      for scalar in cluster.unicodeScalars {
        let bytes = Array(String(scalar).utf8)
        output += map.replacement(bytes.span, at: 0, .shortest)?.text ?? bytes[...]
      }
    }
    return String(decoding: output, as: UTF8.self).unicodeScalars.map(\.value)
  }

  private static func translated(_ scalar: UInt32) -> UInt32? {
    switch scalar {
    case 0x01...0x08, 0x0B, 0x0E...0x1F, 0x7F, 0x8F, 0x9F: return nil
    case 0x09, 0x0A, 0x0C, 0x0D, 0x1680, 0x200B...0x200F, 0x2028, 0x2029, 0x2581, 0xFEFF, 0xFFFD:
      return 0x20
    default: return scalar
    }
  }
}
