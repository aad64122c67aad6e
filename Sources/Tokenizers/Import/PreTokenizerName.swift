internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

/// llama.cpp's name for the rules that cut text into words before pairs are merged.
///
/// llama.cpp's converter recognises a tokenizer by the digest of what it makes of a text; here the
/// rules themselves are looked at, so that a vocabulary nobody has seen works too.
struct PreTokenizerName {
  let name: String
  /// What the user should know of how it was found.
  private(set) var notes: [String] = []

  /// The user's own.
  init(_ name: String) { self.name = name }

  /// The name for a tokenizer: by its rules, else by what they do to a text, else llama.cpp's default.
  init(_ files: TokenizerFiles) {
    guard let tokenizer = files.tokenizer else {
      switch files.configuration?["tokenizer_class"]?.text {
      case "GPT2Tokenizer", "GPT2TokenizerFast": self.init("gpt-2")
      case "Qwen2Tokenizer", "Qwen2TokenizerFast": self.init("qwen2")
      case let name:
        self.init("gpt-2")
        notes = [
          "without a tokenizer.json nothing shows how text is cut into words"
            + (name.map { " (the tokenizer is a \($0))" } ?? "")
            + "; GPT-2's rules are named (--pre NAME sets others)"
        ]
      }
      return
    }
    let steps = Self.flattened(tokenizer["pre_tokenizer"] ?? .null, depth: 4)
    let described = steps.map(Self.describe)
    if let known = Self.known.first(where: { $0.steps == described }) {
      let isGLM = known.name == "llama-bpe" && Self.hasToken("[gMASK]", tokenizer)
      self.init(isGLM ? "glm4" : known.name)
      return
    }
    let seen = described.joined(separator: "; ")
    if let name = PreTokenizerProof.nameByProbe(tokenizer) {
      self.init(name)
      notes = [
        "the rules that cut text into words are not known, but cut the probe text as '\(name)' does: "
          + seen
      ]
    } else {
      self.init("default")
      notes = [
        "the rules that cut text into words are not known; llama.cpp's default is named, which cuts "
          + "otherwise (--pre NAME sets another): \(seen)"
      ]
    }
  }

  private static func hasToken(_ text: ByteString, _ tokenizer: JSONValue) -> Bool {
    tokenizer["added_tokens"]?.array?.contains { $0["content"]?.string == text } ?? false
  }

  private static func flattened(_ step: JSONValue, depth: Int) -> [JSONValue] {
    guard step["type"]?.text == "Sequence", depth > 0 else { return step.isNull ? [] : [step] }
    return (step["pretokenizers"]?.array ?? []).flatMap { flattened($0, depth: depth - 1) }
  }

  /// A step in one line, with all that changes what it does.
  private static func describe(_ step: JSONValue) -> String {
    let kind = step["type"]?.text ?? "?"
    switch kind {
    case "ByteLevel": return (step["use_regex"]?.bool ?? true) ? "bytes with regex" : "bytes"
    case "Digits": return step["individual_digits"]?.bool == true ? "digits" : "numbers"
    case "Split":
      let pattern = step["pattern"]?["Regex"]?.text ?? step["pattern"]?["String"]?.text ?? "?"
      let behavior = step["behavior"]?.text ?? "?"
      let isPlain = behavior == "Isolated" && step["invert"]?.bool != true
      return isPlain || behavior == "Removed" && step["invert"]?.bool == true
        ? pattern : "\(behavior) \(pattern)"
    default: return kind
    }
  }

  private static let suffixes = "(?i:'s|'t|'re|'ve|'m|'ll|'d)"
  private static let ending = #"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
  private static let upper = #"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]"#
  private static let lower = #"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"#
  private static let slashes = #"| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
  private static let ideographs = "[一-龥ࠀ-一가-퟿]+"

  private static let known: [(steps: [String], name: String)] = [
    (["bytes with regex"], "gpt-2"),
    (
      [suffixes + #"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}"# + ending, "bytes"],
      "qwen2"
    ),
    (
      [suffixes + #"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"# + ending, "bytes"],
      "llama-bpe"
    ),
    (["digits", "bytes with regex"], "starcoder"),
    (["Punctuation", "bytes with regex", "numbers", "[0-9][0-9][0-9]"], "falcon"),
    (["Punctuation", "bytes with regex", "digits", "[0-9][0-9][0-9]"], "falcon"),
    ([#" ?[^(\s|[.,!?…。，、।۔،])]+"#, "bytes"], "bloom"),
    (
      [
        #"[^\r\n\p{L}\p{N}]?"# + upper + "*" + lower + "+" + suffixes
          + #"?|[^\r\n\p{L}\p{N}]?"# + upper + "+" + lower + "*" + suffixes
          + #"?|\p{N}{1,3}"# + slashes, "bytes",
      ], "gpt-4o"
    ),
    (
      [
        #"[^\r\n\p{L}\p{N}]?"# + upper + "*" + lower + #"+|[^\r\n\p{L}\p{N}]?"# + upper + "+"
          + lower + #"*|\p{N}"# + slashes, "bytes",
      ], "tekken"
    ),
    (
      [
        "[\r\n]", #"\s?\p{L}+"#, #"\s?\p{P}+"#, ideographs, "digits", "bytes",
      ], "deepseek-coder"
    ),
    (
      [
        #"\p{N}{1,3}"#, "[一-龥぀-ゟ゠-ヿ]+",
        ##"[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+"##
          + #"| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#, "bytes",
      ], "deepseek-v3"
    ),
  ]
}
