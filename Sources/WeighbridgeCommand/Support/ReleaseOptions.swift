import ArgumentParser
import Weighbridge
import WeighbridgeByteIO
import WeighbridgeReports

/// What a comparison is for: gates of continuous integration, and the card of a published model.
struct ReleaseOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Fail where any figure of --json is beyond a limit, of all texts or of one: kld.p99<=0.1, "
        + "sameTop@code>=95. Repeatable.", valueName: "figure[@text]<=x"))
  var gate: [StatisticGate] = []

  @Option(
    help: ArgumentHelp("Write the gates as JUnit XML, for CI servers.", valueName: "file"),
    completion: .file())
  var junit: String?

  @Option(
    help: ArgumentHelp(
      "Add verdict, tables and gates to a file of Markdown, as that of $GITHUB_STEP_SUMMARY.",
      valueName: "file"), completion: .file())
  var stepSummary: String?

  @Option(
    help: ArgumentHelp(
      "Write verdict and table into a model card, README.md, in the place of an earlier block.",
      valueName: "file"), completion: .file())
  var card: String?

  /// The files that are written.
  var paths: [String] { [junit, stepSummary, card].compactMap { $0 } }

  /// Looks at the places before the work begins; summaries and cards are added to.
  func checkPlaces(replacing: Bool) throws {
    if let junit { _ = try TextOutput(junit, replacing: replacing) }
    for path in [stepSummary, card].compactMap({ $0 }) {
      _ = try TextOutput(path, replacing: true)
      _ = try Self.text(path)
    }
  }

  /// Writes what was asked for.
  func write(_ report: ComparisonReport, _ gates: Gates, replacing: Bool) throws {
    if let junit { try TextOutput(junit, replacing: replacing).write(gates.junit) }
    if let stepSummary {
      let lines = report.verdicts.map { "- " + Markdown.inline($0) + "\n" }.joined()
      let added = report.markdown() + (lines.isEmpty ? "" : "\n" + lines) + "\n" + gates.markdown
      try TextOutput(stepSummary, replacing: true).write(try Self.text(stepSummary) + added)
    }
    if let card {
      let block = report.card(command: Self.command)
      try TextOutput(card, replacing: true).write(
        ComparisonReport.card(block, in: try Self.text(card)))
    }
  }

  /// The command line as it was typed; paths as the names of their files, as nobody else has the folders.
  static var command: String {
    let arguments = CommandLine.arguments.dropFirst().map { argument in
      let name = argument.split(separator: "/").last.map(String.init) ?? argument
      let shown = argument.hasPrefix("/") ? name : argument
      return shown.contains(where: { " '\"<>$&|;*".contains($0) })
        ? "'" + shown.replacing("'", with: "'\\''") + "'" : shown
    }
    return (["weighbridge"] + arguments).joined(separator: " ")
  }

  /// What a file holds that is added to; nothing where there is none.
  static func text(_ path: String) throws -> String {
    PathKind(following: path) == .file ? try TextFile.read(path, isInput: false) : ""
  }
}
