/// Names of `tokenizer.ggml.pre` whose patterns are used by a model or two: regular expressions as
/// their vendors publish them.
enum RarePretokenizers {
  /// The names and how they cut.
  static let kinds: [PretokenizerRegistry.Kind] = [
    (
      ["jais-2"],
      Pretokenizer(
        stages: patterns(
          contractions
            + #"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+"#
            + cascade))
    ),
    (
      ["spark2_5"],
      Pretokenizer(
        stages: patterns(
          #"\p{N}{1,3}"#, kanaAndHan,
          ##"[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+"##
            + #"| ?[\p{P}\p{S}]+|[\r\n]|\s+(?!\S)|\s+"#, #"\p{N}"#))
    ),
    (
      ["youtu"],
      Pretokenizer(
        stages: patterns(
          "[가-힣ㄱ-ㆎ]+|[！…“”‘’—：；，、-〿︰-﹏]+|[ㄅ-ㄯ]+|[一-龥぀-ゟ゠-ヿ]+",
          cased(numbers: #"\p{N}"#)), ignoresMerges: true)
    ),
    (
      ["granite-embed-multi-97m"],
      Pretokenizer(stages: patterns(cased(numbers: #"\p{N}{1,3}"#)), ignoresMerges: true)
    ),
    (
      ["tiny_aya", "cohere2moe"],
      Pretokenizer(
        stages: patterns(#"\d{1,3}(?=(?:\d{3})*\b)"#, cased(numbers: #"\p{N}{1,3}"#)))
    ),
    (
      ["superbpe"],
      Pretokenizer(stages: patterns(#"\p{N}+"#, #"\d{1,3}(?=(?:\d{3})*(?!\d))"#))
    ),
    (
      ["ufakzeka"],
      Pretokenizer(stages: patterns(#"[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}"# + symbolsAndSpace))
    ),
    (
      ["afmoe"],
      Pretokenizer(
        stages: patterns(
          #"\p{N}{1,3}(?=(?:\p{N}{3})*(?!\p{N}))"#,
          "[一-鿿㐀-䶿豈-﫿぀-ゟ゠-ヿ･-ﾟ⼀-⿟เ-๿຀-໿ក-៿က-႟ꩠ-ꩿꧠ-꧿가-힯ᄀ-ᇿ]+",
          ##"[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+"##
            + #"| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#))
    ),
    (
      ["laguna"],
      Pretokenizer(
        stages: patterns(
          #"[^\n]+|[\n]+"#,
          contractions + #"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}"# + symbolsAndSpace))
    ),
    (
      ["exaone-moe"],
      Pretokenizer(
        stages: patterns(
          contractions
            + #"|[^\r\n\p{L}\p{N}]?(?:\p{L}\p{M}*(?: \p{L}\p{M}*)*)+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]?"#
            + #"|\s*[\r\n]|\s+(?!\S)|\s+"#))
    ),
    (
      ["chameleon"],
      Pretokenizer(
        stages: patterns(
          "<sentinel:[0-9]+>", "(IMGIMG)((A|B|C|D|E|F|G|H|I){1,4})Z", #"([\t\n]|    |  )"#,
          #"\p{N}"#, #"[\p{P}!-/:-@\[-`{-~]"#)
          + [.words(WordPattern())], addsBegin: true)
    ),
  ]

  private static let contractions = "(?i:'s|'t|'re|'ve|'m|'ll|'d)"
  private static let symbolsAndSpace =
    #"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
  private static let cascade =
    #"|\s{512}(?!\S)|\s{256}(?!\S)|\s{128}(?!\S)|\s{64}(?!\S)|\s{32}(?!\S)|\s{16}(?!\S)"#
    + #"|\s{8}(?!\S)|\s{4}(?!\S)|\s{1,2}(?!\S)|\s{1}"#
  private static let kanaAndHan = "[一-龥぀-ゟ゠-ヿ]+"

  /// Words that begin anew at a capital.
  private static func cased(numbers: String) -> String {
    let upper = #"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]"#
    let lower = #"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"#
    return #"[^\r\n\p{L}\p{N}]?"# + upper + "*" + lower + "+" + contractions
      + #"?|[^\r\n\p{L}\p{N}]?"# + upper + "+" + lower + "*" + contractions + "?|" + numbers
      + #"| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
  }

  /// One stage for each pattern; a test compiles them all.
  private static func patterns(_ texts: String...) -> [Pretokenizer.Stage] {
    texts.compactMap { text in (try? ScalarPattern(text)).map { .pattern($0) } }
  }
}
