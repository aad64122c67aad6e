import ArgumentParser
import Weighbridge
import WeighbridgeByteIO
import WeighbridgeGGUF
import WeighbridgeJSON
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
        weighbridge split model.gguf -o model --tensors 128 --no-tensor-first-split
        weighbridge split model.gguf -o model --layers 8
        weighbridge split model.gguf -o model --parts 4 --dry-run
      """)

  @Argument(help: "A GGUF file, or any shard of one.", completion: .file())
  var model: String

  /// As llama-gguf-split takes it: the prefix.
  @Argument(help: .hidden, completion: .file())
  var rest: [String] = []

  @Option(
    name: [.long, .customLong("split-max-size")],
    help: ArgumentHelp("The largest size of a part's tensors: 4GiB, 800MB.", valueName: "size"))
  var size: ByteSize?

  @Option(
    name: [.long, .customLong("split-max-tensors")],
    help: ArgumentHelp("The most tensors of a part.", valueName: "count"))
  var tensors: Int?

  @Option(help: ArgumentHelp("The most layers of a part.", valueName: "count"))
  var layers: Int?

  @Option(help: ArgumentHelp("The number of parts, about equal in size.", valueName: "count"))
  var parts: Int?

  @Flag(help: "Put the metadata into a first part without tensors.")
  var noTensorFirstSplit = false

  @Option(
    name: [.short, .long], help: ArgumentHelp("The parts' name.", valueName: "prefix"),
    completion: .file())
  var output: String?

  @Flag(help: "Replace what is there already.")
  var force = false

  @Flag(help: "Print the parts and their sizes; write nothing.")
  var dryRun = false

  @Flag(help: "Print one JSON document.")
  var json = false

  @OptionGroup var common: CommonOptions

  private func limit() throws -> GGUFSplit.Limit {
    let limits: [GGUFSplit.Limit?] = [
      size.map { .bytes($0.bytes) }, tensors.map { .tensors($0) }, layers.map { .layers($0) },
      parts.map { .parts($0) },
    ]
    let given = limits.compactMap { $0 }
    guard let only = given.first, given.count == 1 else {
      throw UsageError(
        message: "give one of --size, --tensors, --layers and --parts",
        hint: "weighbridge split \(model) -o PREFIX --size 4GiB")
    }
    return only
  }

  func run() throws {
    let limit = try limit()
    let output = try prefix()
    let opened = try ModelInput.open(model)
    guard opened.origin.isGGUF else {
      throw UsageError(
        message: "\(model) is \(opened.origin.format); only GGUF is split",
        hint: "convert it first: weighbridge convert \(model) -o model.gguf")
    }
    let models = try GGUFSplit.plan(opened, limit, firstIsBare: noTensorFirstSplit)
    let name = ShardName(prefix: output, index: 0, count: models.count)
    let outputs = models.enumerated().map { (path: name.part($0).name, model: $1) }
    let sizes =
      dryRun
      ? try models.map { try GGUF.layOut($0).byteCount }
      : try PlainWriter(resources: common.resources, force: force, activity: "splitting")
        .write(outputs, of: opened, as: output)
    if json { return Console.print(json: document(outputs, sizes)) }
    for (part, bytes) in zip(outputs, sizes) {
      let line =
        "\(part.path): \(NumberFormat.counted(part.model.tensors.count, "tensor")), \(NumberFormat.bytes(bytes))"
      if dryRun {
        Console.print(line.displayed().wrapped(for: .output))
      } else {
        Console.note(line, common.verbosity)
      }
    }
  }

  private func prefix() throws -> String {
    let places = try Positionals(
      rest, command: "split", model: model, output: output, type: nil, takesType: false)
    guard let output = places.output else {
      guard dryRun else {
        throw UsageError(
          message: "-o is missing: what should the parts be called?",
          hint: "weighbridge split \(model) -o PREFIX --size 4GiB")
      }
      return "part"
    }
    guard !output.isEmpty, !output.hasSuffix("/"), output != "-" else {
      throw UsageError(
        message: "-o \(output): this is no beginning of file names",
        hint: "-o FOLDER/NAME makes FOLDER/NAME-00001-of-0000N.gguf")
    }
    return output
  }

  private func document(_ parts: [(path: String, model: Model)], _ sizes: [UInt64]) -> JSONValue {
    [
      "schema": "weighbridge.split/1", "dryRun": .bool(dryRun),
      "parts": .array(
        zip(parts, sizes).map { part, bytes in
          [
            "path": JSONValue(part.path), "tensors": JSONValue(part.model.tensors.count),
            "bytes": JSONValue(bytes),
          ]
        }),
    ]
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

  @Argument(help: "One part, or all of them.", completion: .file())
  var shards: [String]

  @OptionGroup var destination: OutputOptions

  @Flag(help: "Print what would be written; write nothing.")
  var dryRun = false

  @Flag(help: "Print one JSON document.")
  var json = false

  @OptionGroup var common: CommonOptions

  func run() throws {
    // As llama-gguf-split takes it: the output is the last, where it is no file yet.
    var (shards, destination) = (self.shards, self.destination)
    if destination.output == nil, shards.count > 1, let last = shards.last,
      FileIdentity(path: last) == nil
    {
      destination.output = shards.removeLast()
    }
    let output = try destination.path(dryRun: dryRun)
    let opened = try ModelInput.open(shards[0])
    guard opened.origin.isGGUF else {
      throw UsageError(
        message: "\(shards[0]) is \(opened.origin.format), not a part of a split GGUF")
    }
    // By what they are and not by what they are called: a part of another model may have the name.
    let files = opened.origin.files.map { FileIdentity(path: $0.path)?.place }
    let names = Set(opened.origin.files.map { ModelInput.shortName($0.path) })
    let stranger = shards.dropFirst().first { shard in
      if let place = FileIdentity(path: shard)?.place { return !files.contains(place) }
      return !names.contains(ModelInput.shortName(shard))
    }
    if let stranger {
      throw UsageError(
        message: "\(stranger) is no part of the model that \(shards[0]) belongs to",
        hint: "put the output behind -o")
    }
    let merged = GGUFSplit.markedAsMerged(opened)
    let bytes =
      dryRun
      ? try GGUF.layOut(merged).byteCount
      : try PlainWriter(
        resources: common.resources, force: destination.force, activity: "merging"
      ).write([(output, merged)], of: opened, as: output).reduce(0, +)
    if json { return Console.print(json: document(merged, opened, output, bytes)) }
    let line =
      "\(NumberFormat.counted(merged.tensors.count, "tensor")), \(NumberFormat.bytes(bytes))"
    if dryRun {
      Console.print("\(NumberFormat.counted(opened.origin.files.count, "part")), \(line)")
    } else {
      Console.note("\(output): \(line)", common.verbosity)
    }
  }

  private func document(
    _ merged: Model, _ opened: Model, _ output: String, _ bytes: UInt64
  ) -> JSONValue {
    [
      "schema": "weighbridge.merge/1", "dryRun": .bool(dryRun),
      "path": output.isEmpty ? nil : JSONValue(output), "bytes": JSONValue(bytes),
      "tensors": .integer(merged.tensors.count),
      "parts": .array(
        opened.origin.files.map {
          ["path": JSONValue($0.path), "bytes": JSONValue($0.byteCount)]
        }),
    ]
  }
}
