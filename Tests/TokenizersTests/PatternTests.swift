import Testing
import WeighbridgeJSON

@testable import WeighbridgeTokenizers

/// Regular expressions of tokenizers, and names of pre-tokenizers written as such.
@Suite struct PatternTests {
  private static func matches(_ pattern: String, _ text: String) throws -> [String] {
    let scalars = text.unicodeScalars.map(\.value)
    return TextPattern.pattern(try ScalarPattern(pattern)).parts(scalars).filter(\.isMatch)
      .map { String(decoding: utf8(Array(scalars[$0.range])), as: UTF8.self) }
  }

  /// What Perl's rules give for each.
  private static let cases: [(String, String, [String])] = [
    ("a|ab", "ab", ["a"]), ("a*?b", "aab", ["aab"]), ("(?i:'s|'t)", "'S't", ["'S", "'t"]),
    (#"\s+(?!\S)|\s+"#, "a   b  ", ["  ", " ", "  "]), (#"\p{N}{1,3}"#, "12345", ["123", "45"]),
    (#"[^\r\n\p{L}\p{N}]?+\p{L}+"#, " ab'c", [" ab", "'c"]), ("a++a", "aaa", []),
    ("(?>a+)b", "aab", ["aab"]), (#"(?<=x)\d+"#, "x12 34", ["12"]),
    ("[a-c&&[^b]]+", "abc", ["a", "c"]),
    (#"\d{1,3}(?=(?:\d{3})*\b)"#, "1234567", ["1", "234", "567"]), ("[]a]+", "]a", ["]a"]),
    (#"[\p{L}--]+"#, "a-b", ["a-b"]), ("(a|b)*c", "ababc", ["ababc"]),
    ("x{2}", "xxxxx", ["xx", "xx"]),
    (#"\x{41}\u0042"#, "AB", ["AB"]), ("(?:)*a", "a", ["a"]), (#"\P{L}+"#, "a1-b", ["1-"]),
  ]

  @Test(arguments: cases.indices)
  func matchesAsPerlDoes(_ index: Int) throws {
    let (pattern, text, expected) = Self.cases[index]
    let found = try Self.matches(pattern, text)
    #expect(found == expected, "\(pattern)")
  }

  @Test(arguments: [
    "(", ")", "[a", "a{2,1}", "*", #"\p{Nonsense}"#, "(?<=a+)b", "[b-a]", #"\"#, "a{5000}",
  ])
  func brokenPatternsAreRefused(_ pattern: String) {
    #expect(throws: PatternError.self) { try ScalarPattern(pattern) }
  }

  private static func match(_ pattern: String, _ scalars: [UInt32]) throws -> Int? {
    let pattern = try ScalarPattern(pattern)
    return pattern.match(scalars.span, at: 0)
  }

  @Test(arguments: ["(a*)*b", "(a|a)*b", "(a+)+$b", "((a?){50}){50}c"])
  func hostilePatternsEnd(_ pattern: String) throws {
    let scalars = [UInt32](repeating: 0x61, count: 5000)
    let start = ContinuousClock.now
    let end = try Self.match(pattern, scalars)
    #expect(end == nil)
    #expect(ContinuousClock.now - start < .seconds(20), "\(pattern)")
  }

  /// Every name of `tokenizer.ggml.pre`, written as the steps of a `tokenizer.json`, cuts the probe text
  /// as the name does.
  @Test func namesWrittenAsExpressionsCutTheSame() throws {
    let text = PreTokenizerProof.probe.unicodeScalars.map(\.value)
    let classified = ClassifiedText(text)
    for kind in PretokenizerRegistry.all {
      let name = kind.names[0]
      #expect(!kind.pretokenizer.stages.isEmpty, "\(name)")
      var words: [[UInt32]] = []
      kind.pretokenizer.split(classified) { words.append(Array(text[$0])) }
      let expected = words.map { word in
        utf8(word).map { ByteAlphabet.characters[Int($0)] }
      }
      let steps = try SplitStep.steps(BytePairExport.steps(kind.pretokenizer.stages))
      let found = steps.reduce([text]) { $1.apply($0, isFirst: true) }
      let place = zip(expected, found).prefix { $0 == $1 }.count
      if found != expected {
        let words = [expected, found].map { list in
          list.dropFirst(max(0, place - 1)).prefix(4).map {
            String(decoding: utf8($0), as: UTF8.self)
          }
        }
        Issue.record("\(name): \(words)")
      }
    }
  }
}
