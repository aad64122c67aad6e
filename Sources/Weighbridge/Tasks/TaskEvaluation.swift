internal import WeighbridgeByteIO
internal import WeighbridgeInference
internal import WeighbridgeModelIR
internal import WeighbridgeTokenizers

/// Tasks that models do together: each file is read once, and every answer is scored by all of them.
public struct TaskEvaluation: Sendable {
  /// The files.
  public let files: [TaskFile]
  /// The models.
  public let models: [MeasuredModel]
  private let runnable: [RunnableModel]

  /// Takes models of one vocabulary.
  public init(_ files: [TaskFile], by models: [RunnableModel]) throws(WeighbridgeError) {
    guard !files.isEmpty, !models.isEmpty else {
      throw WeighbridgeError(RequestError(message: "tasks need a file and a model"))
    }
    self.files = files
    self.models = models.map(\.summary)
    runnable = models
  }

  /// Each model's results of each file: the files in order, of each the models.
  public func results(
    using resources: Resources = Resources()
  ) throws(WeighbridgeError) -> [[TaskResult]] {
    try publicly {
      let tokenizer = try TextTokenizer.make(runnable[0].model.metadata)
      let windows = files.map { $0.tasks.map { $0.windows(tokenizer) } }
      let cut = TokenWindows(windows.flatMap { $0.flatMap { $0 } })
      let scores = try Perplexity.scores(
        of: runnable.map(\.decoder), on: cut, options: resources.inference, activity: "tasks")
      var starts: [Int] = []
      var first = 0
      for count in cut.scoredCounts {
        starts.append(first)
        first += count
      }
      var window = 0
      var results: [[TaskResult]] = []
      for (file, tasks) in zip(files, windows) {
        var answers = [[Bool]](repeating: [], count: runnable.count)
        for (task, choices) in zip(file.tasks, tasks) {
          for model in runnable.indices {
            let means = choices.indices.map { choice in
              let start = starts[window + choice]
              let count = choices[choice].positions.count
              let sum = scores[model][start..<start + count].reduce(0.0) {
                $0 - $1.negativeLogLikelihood
              }
              return count > 0 ? sum / Double(count) : -Double.infinity
            }
            answers[model].append(task.correct.contains(task.choice(means)))
          }
          window += choices.count
        }
        results.append(answers.map { TaskResult(answers: $0) })
      }
      return results
    }
  }
}
