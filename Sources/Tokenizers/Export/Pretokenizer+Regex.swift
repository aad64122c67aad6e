extension WordPattern {
  /// The same as a regular expression in the syntax of `tokenizer.json`.
  var regex: String {
    var parts: [String] = []
    if separatesHan { parts.append(#"[\p{Han}]+"#) }
    let list = "'s|'t|'re|'ve|'m|'ll|'d"
    switch contractions {
    case .lowercase: parts.append(list)
    case .anyCase: parts.append("(?i:\(list))")
    case .none, .suffix: break
    }
    parts += wordRegexes
    switch numbers {
    case .none: break
    case .afterBlank: parts.append(#" ?\p{N}+"#)
    case .upTo(1): parts.append(#"\p{N}"#)
    case .upTo(let count): parts.append(#"\p{N}{1,\#(count)}"#)
    }
    let symbols: String =
      switch words {
      case .afterBlank, .afterAny, .byCase: #" ?[^\s\p{L}\p{N}]+"#
      case .withMarks: #" ?[^\s\p{L}\p{M}\p{N}]+"#
      case .afterPunctuation: #" ?[\p{P}\p{S}]+"#
      }
    switch trailing {
    case .nothing: parts.append(symbols)
    case .newlines: parts.append(symbols + #"[\r\n]*"#)
    case .newlinesAndSlashes: parts.append(symbols + #"[\r\n/]*"#)
    }
    if cutsAtNewlines { parts.append(#"\s*[\r\n]+"#) }
    return (parts + [#"\s+(?!\S)"#, #"\s+"#]).joined(separator: "|")
  }

  private var wordRegexes: [String] {
    let before = #"[^\r\n\p{L}\p{N}]?"#
    switch words {
    case .afterBlank: return [#" ?\p{L}+"#]
    case .afterAny: return [before + #"\p{L}+"#]
    case .withMarks: return [before + #"[\p{L}\p{M}]+"#]
    case .afterPunctuation:
      return [
        ##"[!-/:-@\[-`{-~][A-Za-z]+"##, #"[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+"#,
      ]
    case .byCase:
      let barred = separatesHan ? #"&&[^\p{Han}]"# : ""
      let upper = #"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}\#(barred)]"#
      let lower = #"[\p{Ll}\p{Lm}\p{Lo}\p{M}\#(barred)]"#
      var suffix = ""
      if case .suffix = contractions { suffix = "(?i:'s|'t|'re|'ve|'m|'ll|'d)?" }
      return [
        before + upper + "*" + lower + "+" + suffix, before + upper + "+" + lower + "*" + suffix,
      ]
    }
  }
}

extension Pretokenizer.Runs {
  /// The same as a regular expression.
  var regex: String {
    let names: [(CharacterClass, String)] = [
      (.letter, #"\p{L}"#), (.number, #"\p{N}"#), (.mark, #"\p{M}"#), (.punctuation, #"\p{P}"#),
      (.symbol, #"\p{S}"#), (.space, #"\s"#), (.newline, #"\r\n"#), (.upper, #"\p{Lu}\p{Lt}"#),
      (.lower, #"\p{Ll}"#),
    ]
    var set = names.filter { classes.contains($0.0) }.map(\.1).joined()
    for range in ranges {
      let ends = [range.lowerBound, range.upperBound].map { #"\x{\#(String($0, radix: 16))}"# }
      set += range.count == 1 ? ends[0] : ends[0] + "-" + ends[1]
    }
    let repeated: String =
      switch (shortest, longest) {
      case (1, 1): ""
      case (1, .max): "+"
      case (let least, let most) where least == most: "{\(least)}"
      case (let least, .max): "{\(least),}"
      case (let least, let most): "{\(least),\(most)}"
      }
    let before: String =
      switch leading {
      case .none: ""
      case .blank: " ?"
      case .space: #"\s?"#
      }
    return before + "[" + (inverted ? "^" : "") + set + "]" + repeated + (atEnd ? "$" : "")
  }
}

extension Pretokenizer.Stage {
  /// The same as a regular expression.
  var regex: String {
    switch self {
    case .runs(let runs): runs.regex
    case .words(let pattern): pattern.regex
    case .pattern(let pattern): pattern.text
    }
  }
}
