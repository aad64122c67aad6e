import ArgumentParser
import Weighbridge
import WeighbridgeByteIO
import WeighbridgeJSON
import WeighbridgeModelIR
import WeighbridgeReports

/// `validate`: whether a model is right.
struct Validate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Check a model: format, architecture, tokenizer, chat template, values.",
    discussion: """
      Each finding has a stable code, a place, why it matters and what to do; Specs/findings.md lists all. \
      Status 1 if there are errors. --against compares with the checkpoint that the model came from. --fix \
      applies what is safe, as edit would.

      EXAMPLES
        weighbridge validate model.gguf
        weighbridge validate model.gguf --against ./checkpoint
        weighbridge validate model.gguf --headers-only --json
        weighbridge validate model.gguf --fix
      """)

  @Argument(
    help: "A model: a file, any shard, a folder, a bundle, or bundle#member.",
    completion: .file())
  var model: String

  @Option(
    help: ArgumentHelp("The checkpoint that it came from.", valueName: "model"),
    completion: .file())
  var against: String?

  @Option(
    help: ArgumentHelp(
      "The checkpoint that an adapter was trained on; its config.json is read.",
      valueName: "folder"))
  var base: String?

  @Flag(help: "Do not read the tensors' values.")
  var headersOnly = false

  @Flag(help: "Apply the safe fixes, in place, or in a copy with -o.")
  var fix = false

  @Option(
    name: [.short, .long], help: ArgumentHelp("Where --fix writes a copy.", valueName: "file"),
    completion: .file())
  var output: String?

  @Flag(help: "Replace an output that is there already.")
  var force = false

  @Flag(help: "Print one JSON document.")
  var json = false

  @OptionGroup var common: CommonOptions

  func validate() throws {
    if output != nil, !fix { throw ValidationError("-o is where --fix writes a copy") }
  }

  func run() throws {
    let found = try Validation(
      model, against: against, base: base, readsTensors: !headersOnly, using: common.resources)
    if json {
      Console.print(json: found.json)
    } else {
      Console.print(text(found, Terminal.output).wrapped(for: Terminal.output))
    }
    if fix { try repair(found) }
    guard found.count(.error) == 0 || fix else {
      throw CheckFailure(
        message: "\(model): \(found.count(.error)) error\(found.count(.error) == 1 ? "" : "s")")
    }
  }

  private func text(_ found: Validation, _ terminal: Terminal) -> String {
    var text = ""
    for finding in found.findings where finding.severity != .note || common.verbosity == .verbose {
      let style: TextStyle = finding.severity == .error ? .red : .yellow
      let label = style.apply(finding.severity.rawValue, on: terminal)
      text += "\(label) \(finding.place.displayed()): \(finding.message.displayed()) "
      text += "[\(finding.kind.code)]\n"
      text += "  \(finding.kind.why)\n"
      text += "  fix: \(finding.kind.fix)\n"
    }
    for (reader, codes) in found.refusals {
      text += "\(reader.rawValue) will refuse it: \(codes.joined(separator: ", "))\n"
    }
    let notes = found.count(.note)
    text += "\(found.path.displayed()): \(Self.count(found.count(.error), "error")), "
    text += "\(Self.count(found.count(.warning), "warning")), \(Self.count(notes, "note"))"
    text += notes > 0 && common.verbosity != .verbose ? " (-v shows notes)\n" : "\n"
    return text
  }

  private static func count(_ number: Int, _ noun: String) -> String {
    "\(number) \(noun)\(number == 1 ? "" : "s")"
  }

  private func repair(_ found: Validation) throws {
    let edit = found.repairs
    guard !edit.isEmpty else {
      Console.note("nothing that can be fixed safely", common.verbosity)
      if found.count(.error) > 0 {
        throw CheckFailure(message: "\(model): \(found.count(.error)) errors remain")
      }
      return
    }
    let outcome: EditOutcome
    if let output {
      outcome = try CopyEdit(edit, resources: common.resources, force: force, isDry: false)
        .run(model, to: output)
    } else {
      outcome = try InPlaceEdit(edit, force: force, isDry: false).run(model)
    }
    for line in outcome.lines { Console.note("fixed: \(line)", common.verbosity) }
    let rest = found.findings.filter { $0.severity == .error && $0.repair == nil }.count
    if rest > 0 { throw CheckFailure(message: "\(model): \(Self.count(rest, "error")) remain") }
  }
}
