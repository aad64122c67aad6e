import ArgumentParser
import Weighbridge
import WeighbridgeByteIO
import WeighbridgeJSON
import WeighbridgeReports

/// `perplexity`: how well a model predicts a text.
struct PerplexityCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "perplexity",
    abstract: "Measure how well a model predicts a text.",
    discussion: """
      The text is cut into windows as llama-perplexity does: of each, the second half is scored, and the \
      first token is replaced by the begin token where the model wants one. Activations are float32; \
      weights are decoded exactly. Memory does not grow with the model: windows walk together through \
      one layer after another, as many as --memory has room for; --dry-run tells how many that is, and \
      --verbose where the time went.

      EXAMPLES
        weighbridge perplexity model-q4_k_m.gguf --text wiki.test.raw
        weighbridge perplexity ./checkpoint --text test.txt --context 2048 --json
        weighbridge perplexity model.gguf --text code=src.txt --text chat=chats.jsonl
        weighbridge perplexity model.gguf --text chats.jsonl --score assistant
      """)

  @Argument(
    help: "A model: a file, any shard, a folder, a bundle, or bundle#member.",
    completion: .file())
  var model: String

  @OptionGroup var evaluation: EvaluationOptions

  @Flag(help: "Print one JSON document.")
  var json = false

  @Flag(help: "Print the evaluation plan and exit.")
  var dryRun = false

  @OptionGroup var acceptance: AcceptOptions

  @OptionGroup var common: CommonOptions

  func run() throws {
    let runnable = try common.runnable(model, acceptance)
    let text = try evaluation.evaluation(by: [runnable], common)
    let resources = evaluation.resources(common)
    if dryRun {
      evaluation.printPlan(try text.plan(using: resources), command: "perplexity", json: json)
      return
    }
    let result = try text.prediction(using: resources)
    if json {
      let figures: JSONValue = [
        "schema": "weighbridge.perplexity/1", "program": Provenance.program,
        "model": JSONValue(model), "files": Provenance.files(at: model),
        "text": JSONValue(evaluation.text.joined(separator: ", ")),
        "textSHA256": evaluation.digest().map { JSONValue($0) } ?? nil,
        "context": .integer(text.context),
        "perplexity": .double(result.perplexity.value), "error": .double(result.perplexity.error),
        "tokens": .integer(result.tokens), "windows": .integer(result.windows),
        "negativeLogLikelihood": .double(result.negativeLogLikelihood),
      ]
      var document = figures.object ?? JSONObject()
      document["sources"] = .array(
        zip(text.parts, result.parts.isEmpty ? [result] : result.parts).map { part, result in
          var object = part.json
          object["perplexity"] = .double(result.perplexity.value)
          object["error"] = .double(result.perplexity.error)
          object["negativeLogLikelihood"] = .double(result.negativeLogLikelihood)
          return .object(object)
        })
      if let profile = resources.profile { document["profile"] = WalkReport.json(profile) }
      Console.print(json: JSONValue.object(document))
    } else {
      let value = NumberFormat.fixed(result.perplexity.value, 4)
      let error = NumberFormat.fixed(result.perplexity.error, 4)
      Console.print(
        "perplexity \(value) ± \(error)  (\(NumberFormat.counted(result.tokens, "token")) of "
          + "\(NumberFormat.counted(result.windows, "window")) of \(text.context))")
      if !result.parts.isEmpty { Console.print(table(text.parts, result.parts)) }
      if let profile = resources.profile { Console.print(WalkReport.text(profile)) }
    }
  }

  /// One row a text.
  private func table(_ parts: [TextPart], _ results: [TextPrediction]) -> String {
    var table = Table([
      .name("TEXT"), .number("TOKENS", rank: 1), .number("WINDOWS", rank: 2),
      .number("PERPLEXITY"), .number("±"),
    ])
    for (part, result) in zip(parts, results) {
      table.add([
        part.name, NumberFormat.grouped(result.tokens), NumberFormat.grouped(result.windows),
        NumberFormat.fixed(result.perplexity.value, 4),
        NumberFormat.fixed(result.perplexity.error, 4),
      ])
    }
    return table.text(for: Terminal.output)
  }
}
