/// How a text is cut into words before byte pairs are joined: `tokenizer.ggml.pre`.
///
/// Stages follow each other, each cutting the pieces of the one before. What a stage does not match
/// stays together as a piece between two matches.
struct Pretokenizer: Sendable {
  /// One pattern.
  enum Stage: Sendable {
    /// Runs of some characters.
    case runs(Runs)
    /// A whole alternation of contractions, words, numbers, symbols and white space.
    case words(WordPattern)
    /// A regular expression, for what is too rare to have code of its own.
    case pattern(ScalarPattern)
  }

  /// A run of characters that is cut out.
  struct Runs: Sendable {
    /// Characters by class.
    var classes: CharacterClass = []
    /// Characters by number.
    var ranges: [ClosedRange<UInt32>] = []
    /// All characters but those.
    var inverted = false
    /// The shortest run that counts.
    var shortest = 1
    /// The longest; a longer one is cut into several.
    var longest = Int.max
    /// Only a run at the end of the piece counts.
    var atEnd = false
    /// What before the run belongs to it.
    var leading: Leading = .none

    /// What may stand before a run.
    enum Leading: Sendable {
      case none
      /// One U+0020.
      case blank
      /// One character of \s.
      case space
    }
  }

  /// The patterns.
  var stages: [Stage]
  /// Whether a word that is a token as a whole is taken as such, whatever the merges.
  var ignoresMerges = false
  /// Whether a text begins with the begin token where the metadata does not say.
  var addsBegin = false

  /// Cuts a text; calls back with ranges of characters, in order, that cover it.
  func split(_ text: ClassifiedText, _ body: (Range<Int>) -> Void) {
    split(text, 0..<text.count, stages[...], body)
  }

  private func split(
    _ text: ClassifiedText, _ range: Range<Int>, _ stages: ArraySlice<Stage>,
    _ body: (Range<Int>) -> Void
  ) {
    guard let stage = stages.first else {
      body(range)
      return
    }
    let rest = stages.dropFirst()
    var gap = range.lowerBound
    var position = range.lowerBound
    while position < range.upperBound {
      let end: Int?
      switch stage {
      case .runs(let runs): end = runs.match(text, position, range.upperBound)
      case .words(let pattern): end = pattern.match(text, position, range.upperBound)
      case .pattern(let pattern):
        // What a pattern looks at ends with the piece.
        end = pattern.match(
          text.scalars.span.extracting(range), at: position - range.lowerBound
        ).map { $0 + range.lowerBound }
      }
      guard let end, end > position else {
        position += 1
        continue
      }
      if gap < position { split(text, gap..<position, rest, body) }
      split(text, position..<end, rest, body)
      position = end
      gap = end
    }
    if gap < range.upperBound { split(text, gap..<range.upperBound, rest, body) }
  }
}

extension Pretokenizer.Runs {
  /// The end of the run that begins at a position, or nil.
  func match(_ text: ClassifiedText, _ start: Int, _ end: Int) -> Int? {
    let first: Int
    switch leading {
    case .none: first = start
    case .blank: first = text.scalars[start] == 0x20 ? start + 1 : start
    case .space: first = text.isIn(.space, start, end) ? start + 1 : start
    }
    var index = first
    while index < end, index - first < longest, contains(text, index) { index += 1 }
    if index - first >= shortest, !atEnd || index == end { return index }
    // What stood before may itself be the run: a class that holds spaces.
    guard first > start, !atEnd else { return nil }
    index = start
    while index < end, index - start < longest, contains(text, index) { index += 1 }
    return index - start >= shortest ? index : nil
  }

  private func contains(_ text: ClassifiedText, _ index: Int) -> Bool {
    let scalar = text.scalars[index]
    let inside =
      !text.classes[index].isDisjoint(with: classes) || ranges.contains { $0.contains(scalar) }
    return inside != inverted
  }
}
