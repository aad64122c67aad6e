/// The alternation that most byte-level tokenizers cut by, with its variations as data:
/// contractions, words, numbers, symbols, white space, the first that matches.
struct WordPattern: Sendable {
  /// Where 's 't 're 've 'm 'll 'd are cut.
  enum Contractions: Sendable {
    case none
    /// As alternatives of their own, in lower case.
    case lowercase
    /// As alternatives of their own, in any case.
    case anyCase
    /// In any case, at the end of a word.
    case suffix
  }

  /// What a word is.
  enum Words: Sendable {
    /// ` ?\p{L}+`
    case afterBlank
    /// `[^\r\n\p{L}\p{N}]?\p{L}+`
    case afterAny
    /// `[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+`
    case withMarks
    /// `[!-/:-@[-`{-~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+`
    case afterPunctuation
    /// `[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+`, then the
    /// same with + and *: a capital begins a new word.
    case byCase
  }

  /// What a number is.
  enum Numbers: Sendable {
    /// No alternative: numbers are cut out before.
    case none
    /// ` ?\p{N}+`
    case afterBlank
    /// `\p{N}{1,n}`
    case upTo(Int)
  }

  /// What follows symbols.
  enum Trailing: Sendable {
    case nothing
    /// `[\r\n]*`
    case newlines
    /// `[\r\n/]*`
    case newlinesAndSlashes
  }

  var contractions = Contractions.lowercase
  var words = Words.afterBlank
  var numbers = Numbers.afterBlank
  var trailing = Trailing.nothing
  /// `\s*[\r\n]+` before other white space.
  var cutsAtNewlines = false
  /// Han characters are words of their own.
  var separatesHan = false

  /// The end of the match that begins at a position, or nil.
  func match(_ text: ClassifiedText, _ start: Int, _ end: Int) -> Int? {
    if separatesHan, isHan(text.scalars[start]) {
      var index = start
      while index < end, isHan(text.scalars[index]) { index += 1 }
      return index
    }
    switch contractions {
    case .lowercase, .anyCase:
      if let match = contraction(text, start, end) { return match }
    case .none, .suffix: break
    }
    return word(text, start, end) ?? number(text, start, end) ?? symbols(text, start, end)
      ?? space(text, start, end)
  }

  private func contraction(_ text: ClassifiedText, _ start: Int, _ end: Int) -> Int? {
    guard start + 1 < end, text.scalars[start] == 0x27 else { return nil }
    let ignoresCase: Bool =
      switch contractions {
      case .none, .lowercase: false
      case .anyCase, .suffix: true
      }
    func letter(_ index: Int) -> UInt32 {
      guard index < end else { return 0 }
      let scalar = text.scalars[index]
      if ignoresCase {
        if (0x41...0x5a).contains(scalar) { return scalar + 32 }
        // U+017F, the long s, folds to s.
        if scalar == 0x17f { return 0x73 }
      }
      return scalar
    }
    let (first, second) = (letter(start + 1), letter(start + 2))
    // s t m d
    if [0x73, 0x74, 0x6d, 0x64].contains(first) { return start + 2 }
    // re ve ll
    if (first == 0x72 || first == 0x76) && second == 0x65 { return start + 3 }
    if first == 0x6c && second == 0x6c { return start + 3 }
    return nil
  }

  private func word(_ text: ClassifiedText, _ start: Int, _ end: Int) -> Int? {
    switch words {
    case .afterBlank:
      let first = text.scalars[start] == 0x20 ? start + 1 : start
      let last = text.run(of: .letter, from: first, to: end)
      return last > first ? last : nil
    case .afterAny:
      return word(text, start, end, of: .letter, notAfter: [.newline, .letter, .number])
    case .withMarks:
      return word(text, start, end, of: [.letter, .mark], notAfter: [.newline, .letter, .number])
    case .afterPunctuation:
      if isASCIIPunctuation(text.scalars[start]) {
        var last = start + 1
        while last < end, isASCIILetter(text.scalars[last]) { last += 1 }
        if last > start + 1 { return last }
      }
      return word(
        text, start, end, of: [.letter, .mark],
        notAfter: [.newline, .letter, .punctuation, .symbol])
    case .byCase: return wordByCase(text, start, end)
    }
  }

  /// An optional character outside `barred`, then a run of `set`.
  private func word(
    _ text: ClassifiedText, _ start: Int, _ end: Int, of set: CharacterClass,
    notAfter barred: CharacterClass
  ) -> Int? {
    if !text.isIn(barred, start, end) {
      let last = text.run(of: set, from: start + 1, to: end)
      if last > start + 1 { return last }
    }
    let last = text.run(of: set, from: start, to: end)
    return last > start ? last : nil
  }

  private func wordByCase(_ text: ClassifiedText, _ start: Int, _ end: Int) -> Int? {
    // With the optional character before the word first, as a greedy pattern tries.
    if !text.isIn([.newline, .letter, .number], start, end),
      let match = casedRun(text, start + 1, end)
    {
      return match
    }
    return casedRun(text, start, end)
  }

  private func casedRun(_ text: ClassifiedText, _ start: Int, _ end: Int) -> Int? {
    // Letters without case and marks count as both.
    func isUpper(_ index: Int) -> Bool {
      text.isIn([.letter, .mark], index, end) && !text.isIn(.lower, index, end)
        && !bars(text, index)
    }
    func isLower(_ index: Int) -> Bool {
      text.isIn([.letter, .mark], index, end) && !text.isIn(.upper, index, end)
        && !bars(text, index)
    }
    var upper = start
    while isUpper(upper) { upper += 1 }
    // [upper]*[lower]+ gives back what is both until one lower is left.
    var first = upper
    while first > start, !isLower(first) { first -= 1 }
    var last = first
    while isLower(last) { last += 1 }
    if last > first { return suffixed(text, last, end) }
    guard upper > start else { return nil }
    return suffixed(text, upper, end)
  }

  private func bars(_ text: ClassifiedText, _ index: Int) -> Bool {
    separatesHan && isHan(text.scalars[index])
  }

  private func suffixed(_ text: ClassifiedText, _ last: Int, _ end: Int) -> Int {
    switch contractions {
    case .suffix: contraction(text, last, end) ?? last
    case .none, .lowercase, .anyCase: last
    }
  }

  private func number(_ text: ClassifiedText, _ start: Int, _ end: Int) -> Int? {
    switch numbers {
    case .none: return nil
    case .afterBlank:
      let first = text.scalars[start] == 0x20 ? start + 1 : start
      let last = text.run(of: .number, from: first, to: end)
      return last > first ? last : nil
    case .upTo(let count):
      let limit = count < end - start ? start + count : end
      let last = text.run(of: .number, from: start, to: limit)
      return last > start ? last : nil
    }
  }

  private func symbols(_ text: ClassifiedText, _ start: Int, _ end: Int) -> Int? {
    let first = text.scalars[start] == 0x20 ? start + 1 : start
    var last: Int
    switch words {
    case .afterBlank, .afterAny, .byCase:
      last = text.run(notOf: [.space, .letter, .number], from: first, to: end)
    case .withMarks:
      last = text.run(notOf: [.space, .letter, .mark, .number], from: first, to: end)
    case .afterPunctuation: last = text.run(of: [.punctuation, .symbol], from: first, to: end)
    }
    guard last > first else { return nil }
    switch trailing {
    case .nothing: break
    case .newlines: last = text.run(of: .newline, from: last, to: end)
    case .newlinesAndSlashes:
      while last < end, text.isIn(.newline, last, end) || text.scalars[last] == 0x2f { last += 1 }
    }
    return last
  }

  private func space(_ text: ClassifiedText, _ start: Int, _ end: Int) -> Int? {
    let last = text.run(of: .space, from: start, to: end)
    guard last > start else { return nil }
    if cutsAtNewlines {
      var index = last
      while index > start, !text.isIn(.newline, index - 1, end) { index -= 1 }
      if index > start { return index }
    }
    // \s+(?!\S) leaves one character of white space for the word after it.
    return last < end && last > start + 1 ? last - 1 : last
  }
}

private func isASCIILetter(_ scalar: UInt32) -> Bool {
  (0x41...0x5a).contains(scalar) || (0x61...0x7a).contains(scalar)
}

private func isASCIIPunctuation(_ scalar: UInt32) -> Bool {
  (0x21...0x7e).contains(scalar) && !isASCIILetter(scalar) && !(0x30...0x39).contains(scalar)
}

private let hanRanges: [ClosedRange<UInt32>] = [
  0x4e00...0x9fff, 0x3400...0x4dbf, 0x20000...0x2a6df, 0x2a700...0x2ebef, 0xf900...0xfaff,
  0x2f800...0x2fa1f,
]

private func isHan(_ scalar: UInt32) -> Bool {
  scalar >= 0x3400 && hanRanges.contains { $0.contains(scalar) }
}
