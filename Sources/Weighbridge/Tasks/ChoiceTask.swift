internal import WeighbridgeTokenizers

/// A question with answers to choose from: the model's choice is the one whose tokens it holds most likely,
/// on average.
struct ChoiceTask: Hashable, Sendable {
  /// How tokens of an answer are told from those of the question.
  enum Rule: Hashable, Sendable {
    /// From the first token on in which the answers differ (llama.cpp's `hellaswag_score` and
    /// `multiple_choice_score`).
    case continuations
    /// What follows the answers, where enough does (`winogrande_score`).
    case trailing
  }

  /// The whole text of each answer: question, answer, and what follows.
  var texts: [String]
  /// The text up to the end of each answer; empty where nothing follows.
  var beginnings: [String] = []
  /// The right ones, by number.
  var correct: Set<Int>

  /// Each answer's tokens, and the positions that predict those which count.
  func windows(
    _ tokenizer: TextTokenizer
  ) -> [(tokens: [Int32], positions: [Int])] {
    let answers = texts.map { tokenizer.encode($0) }
    let shortest = answers.map(\.count).min() ?? 0
    var shared = 0
    while shared < shortest, answers.allSatisfy({ $0[shared] == answers[0][shared] }) {
      shared += 1
    }
    let rest = answers.map { $0.count - shared }
    let skips = beginnings.count == texts.count && rest.allSatisfy { $0 > Self.fewest }
    return answers.enumerated().map { index, tokens in
      var first = skips ? tokenizer.encode(beginnings[index]).count : shared
      // The first token of all is predicted by nothing; an answer that is the beginning of another has its
      // last token at least.
      first = max(1, min(first, tokens.count - 1))
      var end = tokens.count
      if !beginnings.isEmpty, end - first > 1 { end -= 1 }
      return (tokens, Array(first - 1..<max(first - 1, end - 1)))
    }
  }

  /// Of fewer trailing tokens than these the answer itself counts (`k_min_trailing_ctx`).
  private static let fewest = 3

  /// The answer of the highest mean; the first of equal ones, but the last of WinoGrande's two, as there.
  func choice(_ means: [Double]) -> Int {
    guard let best = means.max() else { return 0 }
    return (beginnings.isEmpty ? means.firstIndex(of: best) : means.lastIndex(of: best)) ?? 0
  }
}

/// How a model did on a file of tasks.
public struct TaskResult: Hashable, Sendable {
  /// For each task whether the model was right.
  public let answers: [Bool]

  /// The share of right answers.
  public var accuracy: Double {
    Double(answers.filter { $0 }.count) / Double(max(1, answers.count))
  }

  /// One standard error of it, as llama-perplexity prints it.
  public var error: Double {
    (accuracy * (1 - accuracy) / Double(max(1, answers.count - 1))).squareRoot()
  }

  /// Wilson's interval of 95 %.
  public var interval: (low: Double, high: Double) {
    let z = Self.normal * Self.normal / Double(max(1, answers.count))
    let spread = (z * (4 * accuracy * (1 - accuracy) + z)).squareRoot() / 2
    return ((accuracy + z / 2 - spread) / (1 + z), (accuracy + z / 2 + spread) / (1 + z))
  }

  /// The other's accuracy less this one's on the same tasks, and 1.96 standard errors of the paired
  /// difference.
  public func difference(to other: TaskResult) -> (value: Double, margin: Double) {
    let changes = zip(answers, other.answers).map { ($1 ? 1.0 : 0) - ($0 ? 1.0 : 0) }
    let count = Double(max(1, changes.count))
    let mean = changes.reduce(0, +) / count
    let variance = changes.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / max(1, count - 1)
    return (mean, Self.normal * (variance / count).squareRoot())
  }

  private static let normal = 1.95996398454
}
