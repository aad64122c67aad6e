import ArgumentParser
import Weighbridge
import WeighbridgeByteIO
import WeighbridgeJSON
import WeighbridgeReports

/// `tasks`: how often models choose the right answer.
struct Tasks: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Let models choose answers: HellaSwag, WinoGrande, multiple choice.",
    discussion: """
      A file is in one of the formats that llama-perplexity reads, or JSON lines with a question, choices \
      and an answer (ARC, MMLU, TruthfulQA, HellaSwag, WinoGrande as their data sets spell them). The \
      answer whose tokens are most likely on average is the model's, as llama-perplexity counts.

      All models walk together; the first is what the others are compared with, task by task. Intervals \
      are of 95 %.

      EXAMPLES
        weighbridge tasks model-q4_k_m.gguf --file hellaswag_val_full.txt
        weighbridge tasks f16.gguf q8_0.gguf q4_k_m.gguf --file arc=arc.jsonl \\
          --file winogrande.csv
        weighbridge tasks f16.gguf q4_0.gguf --file mmlu.bin --limit 500 \\
          --max-loss 2%
      """)

  @Argument(
    help: ArgumentHelp("The model to compare with, and others.", valueName: "model"),
    completion: .file())
  var names: [String]

  @Option(
    help: ArgumentHelp("A file of tasks. Repeatable.", valueName: "[name=]file"),
    completion: .file())
  var file: [String]

  @Option(
    help: ArgumentHelp(
      "Of each file only so many tasks: those that llama-perplexity draws, or of JSON the first.",
      valueName: "n"))
  var limit: Int?

  @Option(
    help: ArgumentHelp("Fail (exit status 1) where accuracy is lower.", valueName: "percent"))
  var minAccuracy: Percentage?

  @Option(
    help: ArgumentHelp(
      "Fail where a model gets more points fewer right than the first.", valueName: "percent"))
  var maxLoss: Percentage?

  @Flag(help: "Print one JSON document.")
  var json = false

  @OptionGroup var acceptance: AcceptOptions

  @OptionGroup var common: CommonOptions

  func validate() throws {
    if let limit, limit < 1 {
      throw ValidationError("--limit takes a number from 1, not \(limit)")
    }
  }

  func run() throws {
    let files = try file.map { try TaskFile($0, limit: limit) }
    let models = try names.map { try common.runnable($0, acceptance) }
    let evaluation = try TaskEvaluation(files, by: models)
    let results = try evaluation.results(using: common.resources)
    let gates = gates(evaluation, results)
    if json {
      Console.print(json: document(evaluation, results, gates))
    } else if gates.isEmpty || common.verbosity > .quiet {
      Console.print(table(evaluation, results))
      for gate in gates where gate.passes { Console.print(gate.line) }
    }
    let failed = gates.filter { !$0.passes }
    for gate in failed { Console.note(gate.line, .normal) }
    guard failed.isEmpty else {
      throw CheckFailure(
        message: "\(failed.count) of \(NumberFormat.counted(gates.count, "gate")) failed")
    }
  }

  /// What was insisted on, for each file and model.
  private func gates(_ evaluation: TaskEvaluation, _ results: [[TaskResult]]) -> [Gates.Gate] {
    var gates: [Gates.Gate] = []
    for (file, results) in zip(evaluation.files, results) {
      for (model, result) in zip(evaluation.models, results) {
        if let minAccuracy {
          gates.append(
            Gates.Gate(
              model: model.location, option: "--min-accuracy", label: "\(file.name): accuracy",
              value: 100 * result.accuracy, limit: minAccuracy.percent, isUpperLimit: false,
              unit: " %"))
        }
        guard let maxLoss, model != evaluation.models[0] else { continue }
        gates.append(
          Gates.Gate(
            model: model.location, option: "--max-loss", label: "\(file.name): accuracy fell by",
            value: -100 * results[0].difference(to: result).value, limit: maxLoss.percent,
            isUpperLimit: true, unit: " %"))
      }
    }
    return gates
  }

  private func table(_ evaluation: TaskEvaluation, _ results: [[TaskResult]]) -> String {
    var table = Table([
      .name("TASKS"), .name("MODEL"), .number("N", rank: 2), .number("ACCURACY"),
      .number("95 %", rank: 1), .number("CHANGE"), .number("CHANCE", rank: 3),
    ])
    func percent(_ share: Double) -> String { NumberFormat.fixed(100 * share, 2) }
    for (file, results) in zip(evaluation.files, results) {
      for (index, result) in results.enumerated() {
        let change = results[0].difference(to: result)
        let sign = change.value < 0 ? "" : "+"
        table.add([
          file.name, ModelInput.shortName(evaluation.models[index].location),
          NumberFormat.grouped(file.count), percent(result.accuracy) + " %",
          percent(result.interval.low) + " to " + percent(result.interval.high),
          index == 0 ? "" : "\(sign)\(percent(change.value)) ± \(percent(change.margin))",
          percent(file.chance) + " %",
        ])
      }
    }
    return table.text(for: Terminal.output)
  }

  private func document(
    _ evaluation: TaskEvaluation, _ results: [[TaskResult]], _ gates: [Gates.Gate]
  ) -> JSONValue {
    let files: [JSONValue] = zip(evaluation.files, results).map { file, results in
      let models: [JSONValue] = results.enumerated().map { index, result in
        let change = results[0].difference(to: result)
        return [
          "model": JSONValue(evaluation.models[index].location),
          "accuracy": .double(100 * result.accuracy), "error": .double(100 * result.error),
          "low": .double(100 * result.interval.low), "high": .double(100 * result.interval.high),
          "change": .double(100 * change.value), "changeMargin": .double(100 * change.margin),
        ]
      }
      return [
        "name": JSONValue(file.name), "path": JSONValue(file.path),
        "format": JSONValue(file.format.rawValue),
        "sha256": Provenance.digest(file.path).map { JSONValue($0) } ?? JSONValue.null,
        "tasks": .integer(file.count), "chance": .double(100 * file.chance),
        "models": .array(models),
      ]
    }
    return [
      "schema": "weighbridge.tasks/1", "program": Provenance.program, "files": .array(files),
      "gates": .array(gates.map(\.json)), "passed": .bool(gates.allSatisfy(\.passes)),
    ]
  }
}
