internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

/// Proves a name of `tokenizer.ggml.pre` on a text: cut by the rules of `tokenizer.json` and by the name.
enum PreTokenizerProof {
  /// The name whose rules cut the probe text as a `tokenizer.json` does; nil where none is.
  static func nameByProbe(_ tokenizer: JSONValue) -> String? {
    guard let steps = try? SplitStep.steps(tokenizer["pre_tokenizer"]), !steps.isEmpty else {
      return nil
    }
    let text = probe.unicodeScalars.map(\.value)
    let expected = steps.reduce([text]) { $1.apply($0, isFirst: true) }.map(utf8)
    let classified = ClassifiedText(text)
    let ignores = tokenizer["model"]?["ignore_merges"]?.bool ?? false
    // Of several names for the same rules, one that treats whole words alike comes first.
    let kinds =
      PretokenizerRegistry.all.filter { $0.pretokenizer.ignoresMerges == ignores }
      + PretokenizerRegistry.all.filter { $0.pretokenizer.ignoresMerges != ignores }
    for kind in kinds {
      var words: [[UInt8]] = []
      kind.pretokenizer.split(classified) { range in
        words.append(
          utf8(utf8(Array(text[range])).map { ByteAlphabet.characters[Int($0)] }))
      }
      if words == expected { return kind.names.first }
    }
    return nil
  }

  /// The lines of the probe text, each with its end.
  static var lines: [[UInt8]] {
    probe.split(separator: "\n", omittingEmptySubsequences: false).map { Array(($0 + "\n").utf8) }
  }

  /// A text with what patterns treat differently: cases, digits, signs, spaces, lines, scripts, marks.
  ///
  /// All of it is in Unicode's composed form, as some tokenizers compose a text first, which has no
  /// place in GGUF and concerns next to no text.
  static let probe = """
    I'll we'LL don't 'RE DON'T it'S they've D'Artagnan l'été o'clock 'tis 'ſ
    3 33 333 3333 33333 3.14159 1,000,000 0x1F 1e-9 ½ ² ٣٤٥ ①②③ 2024年
    camelCase PascalCase HTTPServer iPhone15Pro snake_case kebab-case SCREAMING_SNAKE x1y22z333
      two  three   four    spaces\ttab\t\ttabs \t mixed\u{A0}\u{2003}\u{3000}end  
    trailing   

    \n\n\n  \n \t\n line\r\nnext\r\n\r\n   indented
    !!! ??? ... --- *** === /// \\\\\\ // http://a.b/c?d=e&f=g#h user@example.com $100 €5 £6 #tag ```code```
    (a) [b] {c} <d> "e" 'f' `g` ~h ^i |j| a+b=c a<b>c x^2 y~z $x
    été Straße ẞ İstanbul Ǆ ǅ ʼn ĳ naïve Ångström ÀÉÎÕÜ
    Привет, мир! ПРИВЕТ Γειά σου Κόσμε שלום עולם مرحبا بالعالم नमस्ते दुनिया สวัสดีชาวโลก កម្ពុជា
    红楼梦第一回，日本語のテキスト、カタカナ 한국어 텍스트 漢字かな交じり文。全角！？（）「」『』【】
    🚀🚀 👩‍👩‍👧‍👦 🇨🇳 ☕️ ∑∫√≈≠ → ⇒ ▁ ░ © ® ™ a\u{200B}b a\u{200D}b q\u{307} x\u{304}
    def f(x):\n\treturn x ** 2  # comment\n\n    if (a && b) || !c { d += 1; }\n
    don'tcan'twon't'''quoted''' ''s ''ll 's'm'd a'b'c ’s ’ll Word'S WORD'S
    """
}
