import Weighbridge
import WeighbridgeByteIO
import WeighbridgeConversion
import WeighbridgeJSON
import WeighbridgeReports

/// Shows a plan, or carries it out and says what was done.
struct PlannedOutput {
  let writer: OutputWriter
  let common: CommonOptions

  /// Prints the plan (`--dry-run`) or writes the file or its parts, and says what was done.
  func run(dryRun: Bool, json: Bool) throws {
    let reportFormat = try writer.report.map { try CostDocument.Format(path: $0) }
    Console.report(writer.plan.notes, common.verbosity)
    let parts = try writer.layOut()
    let document = ProductionDocument(production: writer, parts: parts)
    if dryRun {
      let outcome = OutputWriter.Outcome()
      Console.print(json ? document.json(outcome).text() : document.table(Terminal.output))
      return
    }
    try writer.check(parts)
    if writer.resumes { ExitMessage.set(OutputWriter.advice) }
    let outcome = try writer.write(parts)
    ExitMessage.set(nil)
    let cost =
      writer.measuring == .none
      ? nil
      : CostDocument(
        report: CostReport(writer.plan, outcome.sums), source: writer.inputs.first ?? "",
        output: writer.output)
    if let report = writer.report, let reportFormat, let cost {
      try TextFile.write(cost.text(reportFormat), to: report, replacing: writer.force)
    }
    if json { Console.print(document.json(outcome, cost: cost?.json).text()) }
    Console.note(document.summary(outcome), common.verbosity)
    if let cost, !cost.summary.isEmpty { Console.note(cost.summary, common.verbosity) }
    Console.report(writer.options.misencoded.problems, common.verbosity)
    for line in writer.scales?.lines ?? [] { Console.note(line, common.verbosity) }
  }
}
