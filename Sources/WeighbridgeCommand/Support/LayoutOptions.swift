import ArgumentParser
import Glibc
import Weighbridge
import WeighbridgeByteIO
import WeighbridgeConversion

/// How the output is laid out in files and what is said of it: options of `convert` and `quantize`.
struct LayoutOptions: ParsableArguments {
  @Option(
    name: [.long, .customLong("split-max-size")],
    help: ArgumentHelp("Write parts whose tensors take at most this: 4GiB.", valueName: "size"))
  var splitSize: ByteSize?

  @Option(
    name: [.long, .customLong("split-max-tensors")],
    help: ArgumentHelp("Write parts of at most so many tensors.", valueName: "count"))
  var splitTensors: Int?

  @Flag(help: "Write the parts that the source, a split GGUF, has: PREFIX-00001-of-0000N.gguf.")
  var keepSplit = false

  @Option(help: "little, or big for machines like IBM Z.")
  var byteOrder: ByteOrder = .little

  @Option(
    help: ArgumentHelp("Align tensors to this many bytes, a power of two.", valueName: "bytes"))
  var alignment: UInt32?

  @Option(
    help: ArgumentHelp(
      "Write what it cost, tensor by tensor: FILE.json, FILE.html or FILE.md.",
      valueName: "file"), completion: .file())
  var report: String?

  @Flag(help: "Measure the cost on every row instead of a sample; takes longer.")
  var everyRow = false

  @Flag(
    help: "Resume an interrupted run, and keep what is finished if this one is interrupted.")
  var resume = false

  @Option(
    help: ArgumentHelp(
      "Do one of several processes' share of the work, 2/7, or what a scheduler says: auto. "
        + "`join` puts the shares together.", valueName: "i/n"))
  var part: String?

  @Option(
    help: ArgumentHelp(
      "How many parts --part auto is one of, where the scheduler does not say.",
      valueName: "n"))
  var parts: Int?

  @Flag(help: "Print what would be done, with exact sizes; write nothing.")
  var dryRun = false

  @Flag(help: "Print one JSON document.")
  var json = false

  func validate() throws {
    if report != nil, dryRun {
      throw ValidationError("--report measures what is written, and --dry-run writes nothing")
    }
    if part == nil, parts != nil {
      throw ValidationError("--parts goes with --part auto")
    }
    if part != nil, dryRun {
      throw ValidationError("--dry-run shows the whole: give it without --part")
    }
    if keepSplit, splitSize != nil || splitTensors != nil {
      throw ValidationError("give either --keep-split or --split-size")
    }
    if let splitTensors, splitTensors < 1 {
      throw ValidationError("--split-max-tensors takes a number from 1, not \(splitTensors)")
    }
  }

  /// The share of this process, and the command that `join` repeats; nil where it does all.
  func share() throws -> (part: WorkShare, command: ShareCommand)? {
    guard let part else { return nil }
    let share = try ShareArgument.share(part, parts: parts) { name in
      unsafe getenv(name).map { unsafe String(cString: $0) }
    }
    let arguments = ShareArgument.stripped(Array(CommandLine.arguments.dropFirst()))
    return (share, ShareCommand(arguments: arguments, folder: try Join.currentFolder()))
  }

  /// Sets what was asked for; `measures` is whether the cost is said where no report is asked for.
  func apply(to request: inout ConversionRequest, measures: Bool) {
    if keepSplit {
      request.split = .mirrored
    } else if splitSize != nil || splitTensors != nil {
      request.split = .limited(bytes: splitSize?.bytes, tensors: splitTensors)
    }
    request.isBigEndian = byteOrder == .big
    request.alignment = alignment
    request.resumes = resume
    if report != nil || everyRow || measures { request.costs = everyRow ? .complete : .sampled }
  }
}

extension ByteOrder: ExpressibleByArgument {}
