import ArgumentParser
import Weighbridge
import WeighbridgeByteIO
import WeighbridgeJSON
import WeighbridgeReports

/// `diff`: what two models differ in.
struct Diff: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show what two models differ in: weights, metadata, tokenizer, chat template.",
    discussion: """
      Containers, names, permutations and stacking are undone first, so that a checkpoint and the GGUF made \
      of it can be compared. Where encodings differ, values are; an error that the encodings explain is \
      told from other weights. Status 1 if anything differs; with --tolerance, tensors whose relative error \
      is at most X count as equal.

      EXAMPLES
        weighbridge diff old.gguf new.gguf
        weighbridge diff ./checkpoint model-q4_k_m.gguf
        weighbridge diff a.gguf b.gguf --details --html diff.html
        weighbridge diff f16.gguf q8_0.gguf --tolerance 0.01
      """)

  @Argument(
    help: "A model: a file, any shard, a folder, a bundle, or bundle#member.",
    completion: .file())
  var left: String

  @Argument(help: "Another.", completion: .file())
  var right: String

  @Option(
    help: ArgumentHelp(
      "The checkpoint that adapters were trained on; its config.json is read.",
      valueName: "folder"))
  var base: String?

  @Option(
    help: ArgumentHelp("The relative error up to which tensors count as equal.", valueName: "x"))
  var tolerance: Double?

  @Flag(help: "List every tensor, key, token and line that differs.")
  var details = false

  @Flag(help: "Print one JSON document.")
  var json = false

  @Option(
    help: ArgumentHelp("Write a self-contained page.", valueName: "file"), completion: .file())
  var html: String?

  @Flag(help: "Replace an existing page.")
  var force = false

  @OptionGroup var common: CommonOptions

  func validate() throws {
    if let tolerance, !(tolerance >= 0) {
      throw ValidationError("--tolerance takes a number from 0, not \(tolerance)")
    }
  }

  func run() throws {
    let page = try html.map { try TextOutput($0, replacing: force) }
    let difference = try ContentDifference(
      left, right, base: base, tolerance: tolerance, using: common.resources)
    try page?.checkInputs()
    if let page {
      try page.write(DifferencePage(difference: difference).html)
      Console.note("wrote \(page.place.name)", common.verbosity)
    }
    if json {
      Console.print(json: difference.json)
    } else {
      Console.print(
        difference.text(Terminal.output, details: details).wrapped(for: Terminal.output))
    }
    if difference.differs {
      Console.note("\(left) and \(right) differ", common.verbosity)
      throw Disagreement()
    }
  }
}
