import ArgumentParser
import Weighbridge
import WeighbridgeByteIO
import WeighbridgeModelIR
import WeighbridgeReports

/// Options of every command.
struct CommonOptions: ParsableArguments {
  @Flag(name: [.short, .long], help: "Print only results and errors.")
  var quiet = false

  @Flag(name: [.short, .long], help: "Print more about what is done.")
  var verbose = false

  @Option(
    name: [.short, .long], help: "Worker threads (default: the cores that the process may use).")
  var threads: Int?

  @Option(
    help: ArgumentHelp(
      "Memory for work in progress, at most (default: half of what the process may use).",
      valueName: "size"))
  var memory: ByteSize?

  @Option(
    help: ArgumentHelp(
      "auto, always or never; auto is on a terminal, unless NO_COLOR is set, or where "
        + "CLICOLOR_FORCE is.", valueName: "when"))
  var color: ColourChoice = .auto

  func validate() throws {
    if let threads, !(1...1024).contains(threads) {
      throw ValidationError("--threads takes a number from 1 to 1024, not \(threads)")
    }
  }

  var verbosity: Console.Verbosity { quiet ? .quiet : verbose ? .verbose : .normal }

  /// What work may use of the machine, and who hears of it.
  var resources: Resources {
    Resources(
      threads: threads ?? Resources.cores, memory: memory?.bytes ?? Resources.memoryForWork,
      observer: verbosity == .quiet ? nil : ConsoleObserver(verbosity))
  }

  /// The number of workers.
  var workerCount: Int { resources.threads }

  /// Memory for activations and chunks.
  var memoryBytes: UInt64 { resources.memory }

  /// Bytes that a worker reads or writes at a time.
  var chunkBytes: Int { resources.chunkBytes }

  /// Where long operations report to.
  var progress: any ProgressObserver { resources.progress }
}

extension CommonOptions {
  /// Opens a model that can be run, and says what was noticed.
  func runnable(_ path: String, _ acceptance: AcceptOptions) throws -> RunnableModel {
    let opened = try OpenedModel(Location(path))
    let noticed = opened.diagnostics
    Console.report(noticed, verbosity)
    let runnable = try RunnableModel(
      opened, accepting: acceptance.keys, as: acceptance.family)
    Console.report(runnable.diagnostics.filter { !noticed.contains($0) }, verbosity)
    return runnable
  }

  /// Opens a tokenizer, and says what was noticed.
  func openTokenizer(_ path: String) throws -> ModelTokenizer {
    let tokenizer = try ModelTokenizer(Location(path))
    Console.report(tokenizer.diagnostics, verbosity)
    return tokenizer
  }
}

/// Shows the library's progress on standard error.
struct ConsoleObserver: ActivityObserver {
  private let line: ProgressLine

  /// In a pipe, a line a minute is for those who want to know more.
  init(_ verbosity: Console.Verbosity) {
    line = ProgressLine(writesLines: verbosity == .verbose)
  }

  func began(_ activity: String, total: UInt64, unit: WorkUnit) {
    let unit: ProgressUnit =
      switch unit {
      case .bytes: .bytes
      case .tokens: .tokens
      case .tensors: .tensors
      case .layers: .layers
      }
    line.begin(activity, total: total, unit: unit)
  }

  func advanced(by amount: UInt64) { line.advance(by: amount) }

  func skipped(_ amount: UInt64) { line.skip(by: amount) }

  func found(_ figure: String) { line.figure(figure) }

  func ended() { line.end() }

  func resumed(bytes: UInt64, of total: UInt64) {
    let share = Double(bytes) / Double(max(1, total))
    Console.note(
      "resuming an interrupted run: \(NumberFormat.bytes(bytes)) of \(NumberFormat.bytes(total)) "
        + "(\(NumberFormat.fixed(100 * share, 0)) %) are there and verified", .normal)
  }

  func noticed(_ diagnostic: Weighbridge.Diagnostic) {
    line.pause {
      switch diagnostic.severity {
      case .note: Console.note(diagnostic.message, .normal)
      case .warning, .error: Console.report([diagnostic], .normal)
      }
    }
  }
}

extension ColourChoice: ExpressibleByArgument {}

/// Options of commands that write a file.
struct OutputOptions: ParsableArguments {
  @Option(
    name: [.short, .long],
    help: ArgumentHelp(
      "Where to write the result. A symbolic link is followed; devices and FIFOs are refused.",
      valueName: "file"), completion: .file())
  var output: String?

  @Flag(help: "Replace what is there already.")
  var force = false

  /// The path to write to, which only a dry run can do without.
  func path(dryRun: Bool = false) throws -> String {
    guard let output else {
      if dryRun { return "" }
      throw UsageError(message: "-o/--output is missing: where should the result go?")
    }
    return output
  }

  /// The place to write to, looked at before any work.
  func place() throws -> OutputPlace { try OutputPlace(path(), replacing: force) }
}

/// A size in bytes: `3.5GiB`, `800MB`, `1048576`.
struct ByteSize: ExpressibleByArgument, Hashable {
  let bytes: UInt64

  init?(argument: String) {
    let units: [(String, Double)] = [
      ("kib", 1024), ("mib", 1_048_576), ("gib", 1_073_741_824), ("tib", 1_099_511_627_776),
      ("kb", 1e3), ("mb", 1e6), ("gb", 1e9), ("tb", 1e12), ("k", 1024), ("m", 1_048_576),
      ("g", 1_073_741_824), ("t", 1_099_511_627_776), ("b", 1),
    ]
    let text = argument.lowercased()
    let unit = units.first { text.hasSuffix($0.0) }
    let digits = text.dropLast(unit?.0.count ?? 0)
    guard let value = Double(digits), value >= 0, value * (unit?.1 ?? 1) < 9e18 else { return nil }
    bytes = UInt64(value * (unit?.1 ?? 1))
  }

  static var allValueStrings: [String] { [] }
}
