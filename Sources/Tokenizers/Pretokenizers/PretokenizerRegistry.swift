/// Every name of `tokenizer.ggml.pre` and how it cuts.
enum PretokenizerRegistry {
  /// The pretokenizer with a name; nil where it is unknown.
  static func named(_ name: String) -> Pretokenizer? {
    guard let kind = kinds.first(where: { $0.names.contains { $0.utf8.elementsEqual(name.utf8) } })
    else { return nil }
    return kind.pretokenizer
  }

  /// Every kind, in order.
  static var all: [Kind] { kinds }

  /// All names, in order.
  static var names: [String] { kinds.flatMap { $0.names } }

  typealias Kind = (names: [String], pretokenizer: Pretokenizer)

  private static let kinds: [Kind] =
    [
      (
        [
          "gpt-2", "phi-2", "jina-es", "jina-de", "gigachat", "jina-v2-es", "jina-v2-de", "a.x-4.0",
          "mellum", "modern-bert", "jina-v1-en", "jina-v2-code", "roberta-bpe", "mpt", "olmo",
          "jais",
          "trillion", "granite-docling", "exaone4",
        ], Pretokenizer(stages: [.words(gpt2)])
      ),
      (
        [
          "llama3", "llama-v3", "llama-bpe", "falcon3", "falcon-h1", "pixtral", "midm-2.0", "lfm2",
          "jina-v5-nano",
        ], Pretokenizer(stages: [.words(llama3)], ignoresMerges: true, addsBegin: true)
      ),
      (["dbrx", "smaug-bpe", "chatglm-bpe"], Pretokenizer(stages: [.words(llama3)])),
      (["glm4", "glm5"], Pretokenizer(stages: [.words(llama3)], ignoresMerges: true)),
      (
        [
          "qwen2", "deepseek-r1-qwen", "kormo", "f2llmv2", "stablelm2", "hunyuan", "solar-open",
          "megrez", "grok-2", "bailingmoe", "bailingmoe2", "llada-moe",
        ], Pretokenizer(stages: [.words(qwen2)])
      ),
      (["qwen35"], Pretokenizer(stages: [.words(qwen35)])),
      (["seed-coder"], Pretokenizer(stages: [.words(seedCoder)])),
      (
        ["minicpm5"],
        Pretokenizer(
          stages: [.runs(.init(classes: .number, longest: 3)), .words(llama3)], ignoresMerges: true)
      ),
      (["deepseek-llm"], Pretokenizer(stages: deepSeekLLM)),
      (["deepseek-coder"], Pretokenizer(stages: deepSeekCoder)),
      (
        ["deepseek-v3", "hunyuan-dense", "joyai-llm", "hy_v4"],
        Pretokenizer(stages: [
          .runs(.init(classes: .number, longest: 3)),
          .runs(.init(ranges: [0x4e00...0x9fa5, 0x3040...0x309f, 0x30a0...0x30ff])),
          .words(deepSeekV3),
        ])
      ),
      (
        ["falcon"],
        Pretokenizer(stages: [
          .runs(.init(classes: .punctuation, ranges: falconSymbols + [0x60...0x60])), .words(gpt2),
          threeDigits,
        ])
      ),
      (
        ["default"],
        Pretokenizer(stages: [
          .runs(.init(classes: .punctuation, ranges: falconSymbols)), .words(gpt2),
          .runs(.init(classes: .number)), threeDigits,
        ])
      ),
      (
        [
          "starcoder", "refact", "command-r", "smollm", "codeshell", "exaone", "minerva-7b",
          "mellum2",
        ], Pretokenizer(stages: [.runs(.init(classes: .number, longest: 1)), .words(gpt2)])
      ),
      (["bloom", "gpt3-finnish", "poro-chat"], Pretokenizer(stages: [bloom])),
      (
        ["viking"],
        Pretokenizer(stages: [bloom, .runs(.init(classes: .number, longest: 1))])
      ),
      (["tekken"], Pretokenizer(stages: [.words(tekken)], ignoresMerges: true, addsBegin: true)),
      (
        ["gpt-4o", "llama4", "kanana2", "talkie", "minimax-m2"],
        Pretokenizer(stages: [.words(gpt4o)])
      ),
      (["kimi-k2"], Pretokenizer(stages: [.words(kimi)])),
    ] + RarePretokenizers.kinds

  private static let gpt2 = WordPattern()
  private static let llama3 = WordPattern(
    contractions: .anyCase, words: .afterAny, numbers: .upTo(3), trailing: .newlines,
    cutsAtNewlines: true)
  private static let qwen2 = WordPattern(
    contractions: .anyCase, words: .afterAny, numbers: .upTo(1), trailing: .newlines,
    cutsAtNewlines: true)
  private static let qwen35 = WordPattern(
    contractions: .anyCase, words: .withMarks, numbers: .upTo(1), trailing: .newlines,
    cutsAtNewlines: true)
  private static let seedCoder = WordPattern(
    contractions: .anyCase, words: .afterAny, numbers: .upTo(1), cutsAtNewlines: true)
  private static let deepSeekV3 = WordPattern(
    contractions: .none, words: .afterPunctuation, numbers: .none, trailing: .newlines,
    cutsAtNewlines: true)
  private static let tekken = WordPattern(
    contractions: .none, words: .byCase, numbers: .upTo(1), trailing: .newlinesAndSlashes,
    cutsAtNewlines: true)
  private static let gpt4o = WordPattern(
    contractions: .suffix, words: .byCase, numbers: .upTo(3), trailing: .newlinesAndSlashes,
    cutsAtNewlines: true)
  private static let kimi = WordPattern(
    contractions: .suffix, words: .byCase, numbers: .upTo(3), trailing: .newlines,
    cutsAtNewlines: true, separatesHan: true)

  /// The symbols $ + < = > ^ ~ and |.
  private static let falconSymbols: [ClosedRange<UInt32>] = [
    0x24...0x24, 0x2b...0x2b, 0x3c...0x3e, 0x5e...0x5e, 0x7e...0x7e, 0x7c...0x7c,
  ]
  private static let threeDigits = Pretokenizer.Stage.runs(
    .init(ranges: [0x30...0x39], shortest: 3, longest: 3))
  /// Bloom's words: an optional space, then anything but white space and its marks.
  private static let bloom = Pretokenizer.Stage.runs(
    .init(
      classes: .space,
      ranges: [
        0x28...0x29, 0x7c...0x7c, 0x2e...0x2e, 0x2c...0x2c, 0x21...0x21, 0x3f...0x3f,
        0x2026...0x2026, 0x3002...0x3002, 0xff0c...0xff0c, 0x3001...0x3001, 0x964...0x964,
        0x6d4...0x6d4, 0x60c...0x60c,
      ], inverted: true, leading: .blank))
  private static let newline = Pretokenizer.Stage.runs(.init(classes: .newline, longest: 1))
  private static let cjk = Pretokenizer.Stage.runs(
    .init(ranges: [0x4e00...0x9fa5, 0x800...0x4e00, 0xac00...0xd7ff]))
  private static let deepSeekCoder: [Pretokenizer.Stage] = [
    newline, .runs(.init(classes: .letter, leading: .space)),
    .runs(.init(classes: .punctuation, leading: .space)), cjk,
    .runs(.init(classes: .number, longest: 1)),
  ]
  private static let deepSeekLLM: [Pretokenizer.Stage] = [
    newline, .runs(.init(ranges: CasedLetters.ranges, leading: .space)),
    .runs(
      .init(
        ranges: [
          0x21...0x2f, 0x3a...0x7e, 0xff01...0xff0f, 0xff1a...0xff5e, 0x2018...0x201f,
          0x3000...0x3002,
        ], leading: .space)),
    .runs(.init(classes: .space, atEnd: true)), cjk, .runs(.init(classes: .number)),
  ]
}
