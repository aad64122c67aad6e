import Weighbridge
import WeighbridgeByteIO
import WeighbridgeConversion
import WeighbridgeJSON
import WeighbridgeModelIR
import WeighbridgeReports

/// Shows what a conversion would do, or carries it out and says what was done.
struct PlannedOutput {
  let common: CommonOptions
  let layout: LayoutOptions

  /// Prints the plan (`--dry-run`) or writes the file or its parts, and says what was done.
  func run(_ opened: OpenedModel, _ request: ConversionRequest, to output: String) throws {
    let reportFormat = try layout.report.map { try CostDocument.Format(path: $0) }
    let share = try layout.share()
    if share != nil, request.calibration != nil {
      throw UsageError(
        message: "calibrated blocks are not made in parts",
        hint: "--recipe-output writes the types that were chosen, which --type takes with --part")
    }
    var conversion = try opened.planned(request, to: output, using: common.resources)
    conversion.writer.share = share
    Console.report(conversion.diagnostics, common.verbosity)
    let document = ProductionDocument(
      production: conversion.writer, parts: conversion.parts, calibration: conversion.calibration)
    if layout.dryRun {
      let outcome = OutputWriter.Outcome()
      if layout.json {
        Console.print(json: document.json(outcome))
      } else {
        Console.print(document.table(Terminal.output))
      }
      guard let calibration = conversion.calibration else { return }
      if !layout.json {
        let parameters = conversion.writer.plan.model.elementCount
        Console.print(calibration.table(Terminal.output, parameters: parameters))
      }
      for line in calibration.lines { Console.note(line, common.verbosity) }
      return
    }
    let report = try conversion.check(report: layout.report)
    ExitMessage.set(
      share != nil
        ? OutputWriter.shareAdvice
        : conversion.writer.keepsWork ? OutputWriter.advice : OutputWriter.warning)
    let (outcome, result) = try conversion.written()
    ExitMessage.set(nil)
    if let share { return finished(share.part, of: output, outcome) }
    let cost =
      request.costs == .none
      ? nil
      : CostDocument(
        report: CostReport(conversion.writer.plan, outcome.sums), source: opened.location,
        output: output)
    if let report, let reportFormat, let cost { try report.write(cost.text(reportFormat)) }
    if layout.json { Console.print(json: document.json(outcome, cost: cost?.json)) }
    Console.note(document.summary(outcome), common.verbosity)
    for line in conversion.calibration?.lines ?? [] { Console.note(line, common.verbosity) }
    if let cost, !cost.summary.isEmpty { Console.note(cost.summary, common.verbosity) }
    for diagnostic in result.diagnostics {
      if diagnostic.severity == .note {
        Console.note("\(diagnostic.place): \(diagnostic.message)", common.verbosity)
      } else {
        Console.report([diagnostic], common.verbosity)
      }
    }
  }

  /// Says that a share is done, and what comes next.
  private func finished(
    _ share: WorkShare, of output: String, _ outcome: OutputWriter.Outcome
  ) {
    let seconds = outcome.seconds ?? 0
    if layout.json {
      return Console.print(json: [
        "schema": "weighbridge.part/1", "output": JSONValue(output),
        "part": .integer(share.index + 1), "parts": .integer(share.count),
        "journal": JSONValue(share.journal(of: output)), "seconds": .double(seconds),
        "resumedBytes": JSONValue(outcome.resumedBytes),
      ])
    }
    Console.note(
      "\(output): part \(share.name) in \(NumberFormat.duration(seconds)); "
        + "once all are written: weighbridge join \(output)", common.verbosity)
  }
}
