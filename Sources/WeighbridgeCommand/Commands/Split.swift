import ArgumentParser
import Weighbridge
import WeighbridgeByteIO
import WeighbridgeConversion
import WeighbridgeGGUF
import WeighbridgeModelIR
import WeighbridgeReports

/// `split`: one GGUF in several files.
struct Split: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Split a GGUF into parts, as llama-gguf-split does.",
    discussion: """
      The parts are PREFIX-00001-of-0000N.gguf; all metadata is in the first. Any part opens the whole.

      EXAMPLES
        weighbridge split model.gguf -o parts/model --size 4GiB
        weighbridge split model.gguf -o model --tensors 128
      """)

  @Argument(help: "A GGUF file, or any shard of one.")
  var model: String

  @Option(
    help: ArgumentHelp("The largest size of a part's tensors: 4GiB, 800MB.", valueName: "size"))
  var size: ByteSize?

  @Option(help: ArgumentHelp("The most tensors of a part.", valueName: "count"))
  var tensors: Int?

  @Option(name: [.short, .long], help: ArgumentHelp("The parts' name.", valueName: "prefix"))
  var output: String

  @Flag(name: [.short, .long], help: "Replace what is there already.")
  var force = false

  @OptionGroup var common: CommonOptions

  func run() throws {
    let limit: GGUFSplit.Limit
    switch (size, tensors) {
    case (let size?, nil): limit = .bytes(size.bytes)
    case (nil, let count?): limit = .tensors(count)
    case (nil, nil), (_?, _?):
      throw UsageError(message: "give either --size or --tensors")
    }
    guard !output.isEmpty, !output.hasSuffix("/"), output != "-" else {
      throw UsageError(
        message: "-o \(output): this is no beginning of file names",
        hint: "-o FOLDER/NAME makes FOLDER/NAME-00001-of-0000N.gguf")
    }
    let opened = try ModelInput.open(model)
    guard opened.origin.isGGUF else {
      throw UsageError(
        message: "\(model) is \(opened.origin.format); only GGUF is split",
        hint: "convert it first: weighbridge convert \(model) -o model.gguf")
    }
    let parts = try GGUFSplit.plan(opened, limit)
    let name = ShardName(prefix: output, index: 0, count: parts.count)
    let outputs = parts.enumerated().map { (path: name.part($0).name, model: $1) }
    let sizes = try PlainWriter(
      resources: common.resources, force: force, activity: "splitting"
    ).write(outputs, of: opened, as: output)
    for (part, bytes) in zip(outputs, sizes) {
      Console.note(
        "\(part.path): \(part.model.tensors.count) tensors, \(NumberFormat.bytes(bytes))",
        common.verbosity)
    }
  }
}

/// `merge`: several files of a split GGUF in one.
struct Merge: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Merge the parts of a split GGUF into one file.",
    discussion: """
      Name one part or all of them, in any order. The output is never one of the inputs.

      EXAMPLES
        weighbridge merge model-00001-of-00003.gguf -o model.gguf
        weighbridge merge model-*-of-00003.gguf -o model.gguf
      """)

  @Argument(help: "One part, or all of them.")
  var shards: [String]

  @OptionGroup var destination: OutputOptions

  @OptionGroup var common: CommonOptions

  func run() throws {
    let output = try destination.path()
    let opened = try ModelInput.open(shards[0])
    guard opened.origin.isGGUF else {
      throw UsageError(
        message: "\(shards[0]) is \(opened.origin.format), not a part of a split GGUF")
    }
    let files = Set(opened.origin.files.map { ModelInput.shortName($0.path) })
    if let stranger = shards.first(where: { !files.contains(ModelInput.shortName($0)) }) {
      throw UsageError(
        message: "\(stranger) is no part of the model that \(shards[0]) belongs to",
        hint: "put the output behind -o")
    }
    let merged = GGUFSplit.markedAsMerged(opened)
    let bytes = try PlainWriter(
      resources: common.resources, force: destination.force, activity: "merging"
    ).write([(output, merged)], of: opened, as: output).reduce(0, +)
    Console.note(
      "\(output): \(merged.tensors.count) tensors, \(NumberFormat.bytes(bytes))", common.verbosity)
  }
}
