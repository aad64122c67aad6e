import ArgumentParser
import Glibc
import WeighbridgeByteIO
import WeighbridgeReports

/// Options of every command.
struct CommonOptions: ParsableArguments {
  @Flag(name: [.short, .long], help: "Say nothing but results and errors.")
  var quiet = false

  @Flag(name: [.short, .long], help: "Say more of what is done.")
  var verbose = false

  @Option(name: [.short, .long], help: "Worker threads (default: all cores).")
  var threads: Int?

  @Option(
    help: ArgumentHelp(
      "Memory for work in progress, at most (default: half of RAM).", valueName: "size"))
  var memory: ByteSize?

  func validate() throws {
    if let threads, !(1...1024).contains(threads) {
      throw ValidationError("--threads takes a number from 1 to 1024, not \(threads)")
    }
  }

  var verbosity: Console.Verbosity { quiet ? .quiet : verbose ? .verbose : .normal }

  /// The number of workers.
  var workerCount: Int { threads ?? max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))) }

  /// Memory for activations and chunks.
  var memoryBytes: UInt64 {
    let pages = UInt64(max(sysconf(Int32(_SC_PHYS_PAGES)), 1))
    return memory?.bytes ?? pages * UInt64(max(sysconf(Int32(_SC_PAGESIZE)), 1)) / 2
  }

  /// Bytes that a worker reads or writes at a time; a worker holds its input, its output and floats.
  var chunkBytes: Int {
    Int(min(4 << 20, max(64 << 10, memoryBytes / UInt64(workerCount * 8))))
  }

  /// Where long operations report to.
  var progress: any ProgressObserver {
    verbosity == .quiet ? SilentProgress() : ProgressLine()
  }
}

/// Options of commands that write a file.
struct OutputOptions: ParsableArguments {
  @Option(
    name: [.short, .long], help: ArgumentHelp("Where to write the result.", valueName: "file"))
  var output: String?

  @Flag(name: [.short, .long], help: "Replace what is there already.")
  var force = false

  /// The path to write to, which only a dry run can do without.
  func path(dryRun: Bool = false) throws -> String {
    guard let output else {
      if dryRun { return "" }
      throw UsageError(message: "-o/--output is missing: where should the result go?")
    }
    return output
  }
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
