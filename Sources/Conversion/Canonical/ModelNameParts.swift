/// A model's id taken apart: `meta-llama/Llama-2-7b-chat` is Llama-2, 7B, chat, of meta-llama.
///
/// The rules are those of llama.cpp's converter, whose names people know.
struct ModelNameParts {
  private(set) var name: String?
  private(set) var organization: String?
  private(set) var baseName: String?
  private(set) var finetune: String?
  private(set) var version: String?
  private(set) var sizeLabel: String?

  private enum Kind { case baseName, sizeLabel, finetune, version, type }

  private struct Part {
    var text: String
    var kinds: Set<Kind> = []
  }

  /// Takes an id apart; `parameters` tells sizes from context lengths and is negative for an adapter.
  init(_ id: String, parameters: Int) {
    if id.contains(" ") {
      name = id
      return
    }
    var full = id
    if let slash = id.firstIndex(of: "/") {
      let owner = String(id[..<slash])
      organization = owner.hasPrefix(".") ? nil : owner
      full = String(id[id.index(after: slash)...])
    }
    name = full
    var parts = full.split(separator: "-").map { Part(text: String($0)) }
    for index in parts.indices { Self.annotate(&parts[index], isFirst: index == 0, parameters) }
    Self.dropWordSizes(&parts)
    Self.findBaseName(&parts)
    sizeLabel = Self.joined(parts, unique: true) { $0.contains(.sizeLabel) }
    finetune = Self.joined(parts) { $0.contains(.finetune) }
    version = Self.joined(parts) { $0.contains(.version) && !$0.contains(.baseName) }
    if sizeLabel != nil || finetune != nil || version != nil {
      baseName = Self.joined(parts) { $0.contains(.baseName) }
    }
  }

  private static func joined(
    _ parts: [Part], unique: Bool = false, where condition: (Set<Kind>) -> Bool
  ) -> String? {
    var texts: [String] = []
    for part in parts where condition(part.kinds) {
      if !unique || !texts.contains(part.text) { texts.append(part.text) }
    }
    return texts.isEmpty ? nil : texts.joined(separator: "-")
  }

  private static func annotate(_ part: inout Part, isFirst: Bool, _ parameters: Int) {
    let text = part.text
    if text.wholeMatch(of: #/(v|iter)?\d+([.]\d+)*/#.ignoresCase()) != nil {
      part.kinds.insert(.version)
    } else if text.wholeMatch(of: #/i?q\d(_\w)*|b?fp?(16|32)/#.ignoresCase()) != nil {
      part.kinds.insert(.type)
      part.text = text.uppercased()
    } else if !isFirst,
      text.wholeMatch(
        of: #/(([A]|\d+[x])?\d+([._]\d+)?[KMBT][\d]?|small|mini|medium|large|x?xl)/#
          .ignoresCase()) != nil
    {
      annotateSize(&part, parameters)
    } else if !isFirst,
      text.wholeMatch(of: #/chat|instruct|vision|lora/#.ignoresCase()) != nil
    {
      // That an adapter is one goes without saying.
      part.kinds.insert(parameters < 0 && text.lowercased() == "lora" ? .type : .finetune)
    }
  }

  private static func annotateSize(_ part: inout Part, _ parameters: Int) {
    var text = Array(part.text.replacing("_", with: "."))
    if let last = text.last, last.isNumber, text.count >= 2 {
      text = text.dropLast(2) + [".", last, text[text.count - 2]]
    }
    if text.count > 1, text[text.count - 2].isNumber, let last = text.last, "kmbt".contains(last) {
      text[text.count - 1] = Character(last.uppercased())
    }
    if parameters != 0, let number = Double(String(text.dropLast())), let last = text.last {
      let power = Array(" KMBT").firstIndex(of: last).map { Double($0) } ?? -1
      var scale = 1.0
      for _ in 0..<Int(abs(power)) { scale *= 1000 }
      let size = power < 0 ? number / scale : number * scale
      let isFarOff =
        parameters > 0
        ? abs(size - Double(parameters)) > Double(7 * parameters / 8)
        : size < Double(-parameters / 8)
      if isFarOff {
        // Most likely the length of a context.
        part.kinds.insert(.finetune)
        text[text.count - 1] = Character(last.lowercased())
      }
    }
    if part.kinds.isEmpty { part.kinds.insert(.sizeLabel) }
    part.text = String(text)
  }

  /// Words such as `small` say nothing beside a number.
  private static func dropWordSizes(_ parts: inout [Part]) {
    let hasNumber = parts.contains {
      $0.kinds.contains(.sizeLabel) && $0.text.contains { $0.isNumber }
    }
    guard hasNumber else { return }
    for index in parts.indices where parts[index].text.allSatisfy({ $0.isLetter }) {
      parts[index].kinds.remove(.sizeLabel)
    }
  }

  private static func findBaseName(_ parts: inout [Part]) {
    var isStart = true
    for index in parts.indices {
      let part = parts[index]
      let isWord = part.kinds.isEmpty && part.text.first?.isLetter == true
      if isStart, isWord || part.kinds.contains(.version) {
        parts[index].kinds.insert(.baseName)
      } else {
        isStart = false
        if part.kinds.isEmpty { parts[index].kinds.insert(.finetune) }
      }
    }
    for index in parts.indices.reversed() {
      guard parts[index].kinds.contains(.baseName), parts[index].kinds.count > 1 else { break }
      parts[index].kinds.remove(.baseName)
    }
  }

  /// Words of an id with capitals, but for acronyms and versions.
  static func title(_ id: String) -> String {
    let words = id.replacing("-", with: " ").split { $0.isWhitespace }
    return words.map { word in
      let isLower = word.contains { $0.isLowercase } && !word.contains { $0.isUppercase }
      let isVersion =
        word.first?.isNumber == true || word.wholeMatch(of: #/v\d+(?:\.\d+)*/#) != nil
      return isLower && !isVersion ? capitalized(word) : String(word)
    }.joined(separator: " ")
  }

  private static func capitalized(_ word: Substring) -> String {
    var result = ""
    var follows = false
    for character in word {
      result += follows ? character.lowercased() : character.uppercased()
      follows = character.isLetter
    }
    return result
  }
}
